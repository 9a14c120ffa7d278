"""The description as the tests read it: operations, examples, and a validator of answers that takes it by its word."""

import copy
import json
import urllib.parse

import jsonschema

import harness

SOURCE = harness.ROOT / "src" / "server" / "openapi.json"


def strict(description):
    """The description without the leave to add members: for those who test that server and description agree."""
    description = copy.deepcopy(description)
    bases = set()  # schemas that others extend

    def close(schema):
        if isinstance(schema, list):
            for part in schema:
                close(part)
        if not isinstance(schema, dict):
            return
        if "allOf" in schema:
            bases.update(part["$ref"].rsplit("/", 1)[-1] for part in schema["allOf"] if "$ref" in part)
            schema["unevaluatedProperties"] = False
        for name, part in schema.items():
            if name not in ("example", "examples"):
                close(part)

    close(description["paths"])
    close(description["components"])
    for name, schema in description["components"]["schemas"].items():
        if "properties" in schema and name not in bases:
            schema.setdefault("additionalProperties", False)
    return description


class Operation:
    def __init__(self, description, method, path, described):
        self.description, self.method, self.path, self.json = description, method.upper(), path, described
        self.wants_token = "security" not in described

    def __str__(self):
        return f"{self.method} {self.path}"

    def resolved(self, part):
        if "$ref" not in part:
            return part
        found = self.description
        for step in part["$ref"].split("/")[1:]:
            found = found[step]
        return found

    @property
    def parameters(self):
        return [self.resolved(p) for p in self.json.get("parameters", [])]

    def statuses(self):
        return {int(status) for status in self.json["responses"]}

    def target(self):
        """A target that is taken: the first example of what has to be there."""
        target, query = self.path, []
        for parameter in self.parameters:
            if not parameter.get("required"):
                continue
            values = [e["value"] for e in parameter.get("examples", {}).values()]
            value = str(parameter.get("example", values[0] if values else None))
            if parameter["in"] == "path":
                target = target.replace("{" + parameter["name"] + "}", urllib.parse.quote(value, safe=""))
            elif parameter["in"] == "query":
                query.append((parameter["name"], value))
        return target + ("?" + urllib.parse.urlencode(query) if query else "")

    def with_query(self, more):
        target = self.target()
        return target + ("&" if "?" in target else "?") + more

    def problems_of(self, status, headers, body):
        """What of an answer is not as described. `headers` finds names without regard to case."""
        if str(status) not in self.json["responses"]:
            return [f"{status} is not described"]
        response = self.resolved(self.json["responses"][str(status)])
        found = []
        for name, header in response.get("headers", {}).items():
            header, value = self.resolved(header), headers.get(name)
            if value is None:
                found += [f"the header {name} is missing"] if header.get("required") else []
            else:
                found += self.mismatches(header["schema"], int(value) if value.isdigit() else value, name)
        media = (headers.get("Content-Type") or "").split(";")[0]
        content = response.get("content", {})
        if not content:
            return found + ([f"a body: {body[:100]!r}"] if body else [])
        if media not in content:
            return [*found, f"the media type {media} is not described"]
        value = json.loads(body) if media.endswith("json") and media != "application/x-ndjson" else body.decode()
        return found + self.mismatches(content[media]["schema"], value, "body")

    def mismatches(self, schema, value, where):
        validator = jsonschema.Draft202012Validator({"components": self.description["components"], **schema})
        return [f"{where}{e.json_path[1:]}: {e.message[:300]}" for e in validator.iter_errors(value)]


def read():
    return json.loads(SOURCE.read_text())


def operations(description):
    return [Operation(description, m, p, o) for p, methods in description["paths"].items() for m, o in methods.items()]

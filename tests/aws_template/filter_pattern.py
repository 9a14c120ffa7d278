"""CloudWatch Logs' filter patterns for JSON lines, as far as deploy/template.yaml uses them: `{ $.name = "text" && $.other != "text" }`."""
import json
import re

CONDITION = re.compile(r'\$\.(\w+) (=|!=) "([^"]*)"')


def matches(pattern, line):
    """Whether CloudWatch counts the line. One that is not a JSON object, or lacks a name that the pattern asks for, is not counted."""
    inside = re.fullmatch(r"\{ (.+) \}", pattern).group(1)
    conditions = [CONDITION.fullmatch(condition).groups() for condition in inside.split(" && ")]
    try:
        fields = json.loads(line)
    except json.JSONDecodeError:
        return False
    return isinstance(fields, dict) and all(name in fields and (fields[name] == text) == (sign == "=") for name, sign, text in conditions)

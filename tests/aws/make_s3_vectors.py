#!/usr/bin/env python3
"""Makes data/sigv4/s3-botocore.json: what botocore (run with 1.43.106) signs for S3 keys that are easily encoded wrongly.

    pip install botocore; tests/aws/make_s3_vectors.py > data/sigv4/s3-botocore.json

Only for making the file anew; the tests read the file."""
import datetime
import json
import urllib.parse

import botocore
import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

NOW = datetime.datetime(2026, 11, 24, 0, 15, 53, tzinfo=datetime.timezone.utc)
KEYS = ["plain.txt", "a b", "x=1/y", "p+q", "a//b", "~", "*", "'()", "ä/ሴ", "a/../b", "a/./b", "100%", "a:b@c&d,e;f", "?#[]"]
QUERIES = [[["list-type", "2"], ["prefix", "a/b c"], ["delimiter", "/"]], [["uploads", ""]]]


def vector(method, key, query, body, token):
    """One request as S3 gets it, and the three steps of its signature."""
    path = "/bucket/" + urllib.parse.quote(key, safe="/~")
    url = "https://s3.eu-central-1.amazonaws.com" + path
    if query:
        url += "?" + "&".join(f"{urllib.parse.quote(n, safe='~')}={urllib.parse.quote(v, safe='~')}" for n, v in query)
    request = AWSRequest(method=method, url=url, data=body.encode(), headers={})
    request.context["timestamp"] = NOW.strftime("%Y%m%dT%H%M%SZ")
    request.context["payload_signing_enabled"] = True
    auth = botocore.auth.S3SigV4Auth(Credentials("AKIDEXAMPLE", "secret/+KEY", token), "s3", "eu-central-1")
    botocore.auth.get_current_datetime = lambda *args, **kwargs: NOW
    auth.add_auth(request)
    canonical = auth.canonical_request(without_authorization(request))
    return {"method": method, "key": key, "query": query, "body": body, "token": token or "", "path": path,
            "canonical_request": canonical, "string_to_sign": auth.string_to_sign(request, canonical),
            "authorization": request.headers["Authorization"]}


def without_authorization(request):
    del_free = AWSRequest(method=request.method, url=request.url, data=request.data,
                          headers={n: v for n, v in request.headers.items() if n.lower() != "authorization"})
    del_free.context.update(request.context)
    return del_free


vectors = [vector("GET", key, [], "", None) for key in KEYS]
vectors += [vector("GET", "", query, "", None) for query in QUERIES]
vectors.append(vector("PUT", "x=1/y", [], "hello", "token/with+signs=="))
print(json.dumps({"made_by": f"tests/aws/make_s3_vectors.py with botocore {botocore.__version__}", "time": "2026-11-24T00:15:53Z",
                  "access_key": "AKIDEXAMPLE", "secret_key": "secret/+KEY", "region": "eu-central-1",
                  "host": "s3.eu-central-1.amazonaws.com", "vectors": vectors}, indent=1, ensure_ascii=False))

"""moto's server, which checks signatures with botocore's own signer: the second opinion beside ministack."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import boto3
import botocore.config

from ministack import REGION, START_SECONDS, free_port, make_user

FREE_CALLS = 3  # that are not checked: they make the user whose key everything after that is signed with


class Moto:
    access_key, secret_key = "none", "none"

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="weir-moto-"))
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        program = pathlib.Path(sys.executable).parent / "moto_server"
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "TMPDIR": str(self.folder),
                       "INITIAL_NO_AUTH_ACTION_COUNT": str(FREE_CALLS), "MOTO_DOCKER_NETWORK_MODE": "none"}
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen([program, "-H", "127.0.0.1", "-p", str(self.port)], env=environment, cwd=self.folder, stdout=log,
                                            stderr=log, stdin=subprocess.DEVNULL)
        try:
            self._wait()
            self.access_key, self.secret_key = make_user(self.client("iam"))
        except Exception:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _wait(self):
        limit = time.monotonic() + START_SECONDS
        while True:
            try:
                # Functions are not run, only their calls answered.
                request = urllib.request.Request(f"{self.endpoint}/moto-api/config", b'{"lambda":{"use_docker":false}}', method="POST")
                urllib.request.urlopen(request, timeout=30).close()
                return
            except (urllib.error.URLError, OSError):
                if time.monotonic() > limit or self.process.poll() is not None:
                    raise RuntimeError(f"moto does not start:\n{(self.folder / 'log').read_text()[-3000:]}") from None
                time.sleep(0.1)

    def client(self, service):
        return boto3.client(service, endpoint_url=self.endpoint, region_name=REGION, aws_access_key_id=self.access_key,
                            aws_secret_access_key=self.secret_key, config=botocore.config.Config(retries={"max_attempts": 2}))

    def environment(self):
        return {"AWS_ENDPOINT_URL": self.endpoint, "AWS_REGION": REGION, "AWS_ACCESS_KEY_ID": self.access_key,
                "AWS_SECRET_ACCESS_KEY": self.secret_key, "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
                "AWS_EC2_METADATA_DISABLED": "true"}

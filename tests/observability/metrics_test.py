#!/usr/bin/env python3
"""The metrics of a running server against Prometheus' conventions, docs/metrics.md, the dashboard and the alert rules.

WEIR_BINARY=build/dev/bin/weir /usr/bin/python3 tests/observability/metrics_test.py
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import harness  # noqa: E402
from harness import ROOT, SharedServer, TestCase, event, ndjson, now_ms, wait_until  # noqa: E402

import exposition  # noqa: E402
import expressions  # noqa: E402

FOLDER = ROOT / "deploy" / "observability"
DASHBOARD = json.loads((FOLDER / "grafana-dashboard.json").read_text())
RULES = yaml.safe_load((FOLDER / "prometheus-alerts.yml").read_text())["groups"]
PROMTOOL = os.environ.get("WEIR_PROMTOOL") or shutil.which("promtool")  # script/test sets it
SCRAPED = {"up"}  # what Prometheus itself adds
TARGET_LABELS = {"instance", "job"}


def alerts():
    return [rule for group in RULES for rule in group["rules"]]


def panels():
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def expressions_of_dashboard():
    for panel in panels():
        for target in panel["targets"]:
            yield panel["title"], target["expr"]
    for annotation in DASHBOARD["annotations"]["list"]:
        yield annotation["name"], annotation["expr"]
    for variable in DASHBOARD["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["name"], variable["query"]["query"]


def documented():
    """{metric: {label}} of docs/metrics.md: every name in the first column, with the labels in the second."""
    metrics = {}
    for line in (ROOT / "docs" / "metrics.md").read_text().splitlines():
        cells = line.split("|")
        if len(cells) != 5 or "`" not in cells[1]:
            continue
        for name in re.findall(r"`([a-z_]+)`", cells[1]):
            metrics[name] = set(re.findall(r"`([a-z_]+)`", cells[2]))
    return metrics


class Metrics(SharedServer):
    """One server that has stored, refused, repeated and watched."""

    flags = ("--slide", "5s", "--pane", "1s", "--window", "10s")

    @classmethod
    def setUpClass(cls):
        cls.began = time.time()
        super().setUpClass()
        body = ndjson([event("m", i, now_ms(), "Kent") for i in range(1, 21)])
        cls.server.post(body, batch_id="m1").expect(200)
        cls.server.post(body, batch_id="m1").expect(200)
        cls.server.post(b"no event\n").expect(422)
        cls.server.get("/nowhere").expect(404)
        cls.text = cls.server.get("/metrics").expect(200).body.decode()
        cls.ended = time.time()
        cls.families = exposition.parse(cls.text)

    def value(self, name, **labels):
        family = next(f for f in self.families.values() if name in exposition.names_of(f))
        found = [number for n, have, number in family.samples if n == name and have == labels]
        self.assertEqual(len(found), 1, f"{name}{labels}")
        return found[0]

    def test_they_keep_to_the_conventions(self):
        for family in self.families.values():
            self.assertEqual(list(exposition.faults(family)), [], family.name)
            self.assertTrue(family.samples, family.name)
            self.assertRegex(family.help, r"^[A-Z1].*\.$", family.name)

    def test_promtool_finds_nothing(self):
        if not PROMTOOL:
            self.skipTest("promtool is not installed (Debian's prometheus)")
        done = subprocess.run([PROMTOOL, "check", "metrics"], input=self.text, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_every_one_is_documented_and_no_other(self):
        served = {name: {label for _, labels, _ in family.samples for label in labels} - {"le"} for name, family in self.families.items()}
        self.assertEqual(served, documented())

    def test_no_key_of_an_event_is_a_label(self):
        self.assertNotIn("Kent", self.text)

    def test_they_say_what_happened(self):
        self.assertEqual(self.value("weir_events_total", outcome="stored"), 20)
        self.assertEqual(self.value("weir_events_total", outcome="duplicate"), 20)
        self.assertEqual(self.value("weir_events_total", outcome="rejected"), 1)
        self.assertEqual(self.value("weir_rejected_events_total", reason="json_invalid"), 1)
        self.assertEqual(self.value("weir_ledger_balanced"), 1)
        self.assertEqual(self.value("weir_state", state="ready"), 1)
        self.assertEqual(sum(n for _, _, n in self.families["weir_state"].samples), 1)
        self.assertEqual((self.value("weir_window_slide_seconds"), self.value("weir_window_size_seconds")), (5, 10))
        # The kernel tells a process's start from its own clock, which may be off.
        for moment, off in (("weir_last_stored_timestamp_seconds", 1), ("process_start_time_seconds", 60)):
            self.assertGreater(self.value(moment), self.began - off)
            self.assertLess(self.value(moment), self.ended + off)
        self.assertGreater(self.value("weir_disk_free_bytes"), self.value("weir_disk_min_free_bytes"))
        self.assertGreater(self.value("process_max_fds"), self.value("process_open_fds"))
        self.assertGreater(self.value("process_open_fds"), 5)
        self.assertEqual(self.value("weir_build_info", version=self.server.get("/v1/status").json["version"]), 1)

    def test_every_commit_has_its_fsync(self):
        commits, syncs = self.value("weir_commit_duration_seconds_count"), self.value("weir_fsync_duration_seconds_count")
        self.assertGreaterEqual(commits, 3)
        self.assertGreaterEqual(syncs, commits - 1, "the batch that came again writes nothing")
        self.assertGreater(self.value("weir_fsync_duration_seconds_sum"), 0)

    def test_open_streams_are_counted(self):
        import socket

        def listeners():
            text = self.server.get("/metrics").body.decode()
            return exposition.parse(text)["weir_live_listeners"].samples[0][2]

        self.assertEqual(listeners(), 0)
        with socket.create_connection(("127.0.0.1", self.server.port)) as stream:
            stream.sendall(b"GET /v1/live HTTP/1.1\r\nHost: x\r\n\r\n")
            wait_until(lambda: listeners() == 1, what="a listener")
        wait_until(lambda: listeners() == 0, what="none any more")

    def check(self, where, expression):
        selectors, groups = expressions.selectors_of(expression)
        self.assertTrue(selectors, f"{where}: {expression}")
        known = {name: family for family in self.families.values() for name in exposition.names_of(family)}
        for metric, matchers in selectors:
            if metric in TARGET_LABELS:  # label_values(metric, label)
                continue
            self.assertIn(metric, known.keys() | SCRAPED, f"{where}: {expression}")
            if metric in SCRAPED:
                continue
            samples = [labels for name, labels, _ in known[metric].samples if name == metric]
            labels = TARGET_LABELS.union(*samples)
            for label, operator, value in matchers:
                self.assertIn(label, labels, f"{where}: {expression}")
                if label in ("outcome", "route", "reason", "state", "form") and operator == "=":
                    self.assertIn(value, {have[label] for have in samples}, f"{where}: {expression}")
            for label in groups:
                if len(selectors) == 1:
                    self.assertIn(label, labels, f"{where}: {expression}")

    def test_the_dashboard_asks_for_nothing_else(self):
        for where, expression in expressions_of_dashboard():
            with self.subTest(where):
                self.check(where, expression)

    def test_the_alerts_ask_for_nothing_else(self):
        for rule in alerts():
            with self.subTest(rule["alert"]):
                self.check(rule["alert"], rule["expr"])

    def test_a_name_that_is_wrong_would_be_seen(self):
        for wrong in (
            "rate(weir_event_total[5m])", 'weir_events_total{outcom="stored"}', 'weir_events_total{outcome="store"}',
            "sum by (outcom) (weir_events_total)", "weir_commit_duration_seconds", "rates(weir_events_total[5m])",
        ):  # fmt: skip
            with self.subTest(wrong), self.assertRaises(AssertionError):
                self.check("", wrong)


class Files(TestCase):
    def test_every_alert_says_what_it_means_and_what_to_do(self):
        self.assertGreaterEqual(len(alerts()), 10)
        names = [rule["alert"] for rule in alerts()]
        self.assertEqual(len(set(names)), len(names))
        for rule in alerts():
            with self.subTest(rule["alert"]):
                self.assertTrue(rule["alert"].startswith("Weir"))
                self.assertIn(rule["labels"]["severity"], ("critical", "warning", "info"))
                self.assertEqual(set(rule["annotations"]), {"summary", "description", "action"})
                for text in rule["annotations"].values():
                    self.assertGreater(len(text), 20)

    def test_what_an_action_names_exists(self):
        help_text = harness.weir("serve", "--help").out
        metrics = documented().keys()
        for rule in alerts():
            text = " ".join(rule["annotations"].values())
            for flag in re.findall(r"--[a-z][a-z-]+", text):
                if flag != "--server":
                    self.assertIn(f" {flag} ", help_text, rule["alert"])
            for metric in re.findall(r"\bweir_[a-z_]+", text):
                self.assertIn(metric, metrics, rule["alert"])
            for other in re.findall(r"\bWeir[A-Z]\w+", text):
                self.assertIn(other, [r["alert"] for r in alerts()])

    def test_promtool_takes_the_rules_and_their_tests(self):
        if not PROMTOOL:
            self.skipTest("promtool is not installed (Debian's prometheus)")
        for words in (("check", "rules", "prometheus-alerts.yml"), ("test", "rules", "prometheus-alerts-test.yml")):
            done = subprocess.run([PROMTOOL, *words], cwd=FOLDER, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_panels_of_the_dashboard_fit(self):
        taken = set()
        for panel in DASHBOARD["panels"]:
            place = panel["gridPos"]
            self.assertLessEqual(place["x"] + place["w"], 24, panel["title"])
            cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
            self.assertFalse(cells & taken, f"{panel['title']} lies on another")
            taken |= cells
        idents = [panel["id"] for panel in DASHBOARD["panels"]]
        self.assertEqual(len(set(idents)), len(idents))
        for panel in panels():
            self.assertEqual(panel["datasource"]["uid"], "${datasource}")


if __name__ == "__main__":
    harness.main()

"""What bad input gets: over HTTP. One bad line costs that line, is kept byte for byte as a dead letter, and the ledger
balances after every one."""

import base64
import gzip
import json

import harness
from harness import SharedServer, event, now_ms, rfc3339

HOUR = 3_600_000


def line(**changes):
    """A good event's JSON text, with fields changed; a field set to None is left out."""
    fields = {"event_id": "x-1", "ts": rfc3339(now_ms()), "County": "Erie"}
    fields.update(changes)
    return json.dumps({k: v for k, v in fields.items() if v is not None}).encode()


def with_text(text):
    """A good event whose last field is the JSON text as given."""
    return line()[:-1] + b',"extra":' + text + b"}"


def letter_bytes(letter):
    if letter["bytes"] is not None:
        return letter["bytes"].encode()
    return base64.b64decode(letter["bytes_base64"])


# name: (the line, the code it must get)
BAD_JSON_LINES = {
    "no json": (b"hello", "json_invalid"),
    "truncated": (line()[:-7], "json_invalid"),
    "truncated in a string": (b'{"event_id":"x-1","ts":"2026', "json_invalid"),
    "something after it": (line() + b" x", "json_invalid"),
    "two objects": (line() + line(), "json_invalid"),
    "NaN": (with_text(b"NaN"), "json_invalid"),
    "Infinity": (with_text(b"-Infinity"), "json_invalid"),
    "misspelt literal in a field nobody reads": (with_text(b"tru"), "json_invalid"),
    "leading zero": (with_text(b"01"), "json_invalid"),
    "single quotes": (b"{'event_id':'x-1'}", "json_invalid"),
    "trailing comma": (line()[:-1] + b",}", "json_invalid"),
    "comment": (line()[:-1] + b"/* */}", "json_invalid"),
    "raw NUL in a string": (with_text(b'"a\x00b"'), "json_invalid"),
    "raw NUL outside": (b"\x00" + line(), "json_invalid"),
    "raw tab in a string": (with_text(b'"a\tb"'), "json_invalid"),
    "an array": (b"[1,2,3]", "not_an_object"),
    "a string": (b'"event"', "not_an_object"),
    "a number": (b"17", "not_an_object"),
    "null": (b"null", "not_an_object"),
    "100,000 arrays deep": (with_text(b"[" * 100_000 + b"]" * 100_000), "nested_too_deep"),
    "100,000 objects deep": (with_text(b'{"a":' * 100_000 + b"1" + b"}" * 100_000), "nested_too_deep"),
    "invalid UTF-8": (with_text(b'"\xff\xfe"'), "invalid_utf8"),
    "overlong UTF-8": (with_text(b'"\xc0\xaf"'), "invalid_utf8"),
    "UTF-8 of a surrogate": (with_text(b'"\xed\xa0\x80"'), "invalid_utf8"),
    "lone surrogate": (with_text(b'"\\ud800"'), "invalid_utf8"),
    "lone surrogate in a field name": (line()[:-1] + b',"\\udc00":1}', "invalid_utf8"),
    "surrogates the wrong way round": (with_text(b'"\\udc00\\ud800"'), "invalid_utf8"),
    "duplicate field": (line()[:-1] + b',"County":"Greene"}', "duplicate_field"),
    "duplicate field, escaped": (line()[:-1] + b',"\\u0043ounty":"Greene"}', "duplicate_field"),
    "no event_id": (line(event_id=None), "event_id_missing"),
    "numeric event_id": (line(event_id=5), "event_id_invalid"),
    "empty event_id": (line(event_id=""), "event_id_invalid"),
    "event_id with a space": (line(event_id="a b"), "event_id_invalid"),
    "event_id of 129 bytes": (line(event_id="a" * 129), "event_id_invalid"),
    "event_id that is no ASCII": (line(event_id="é-1"), "event_id_invalid"),
    "no ts": (line(ts=None), "ts_missing"),
    "ts is a word": (line(ts="yesterday"), "ts_invalid"),
    "ts is empty": (line(ts=""), "ts_invalid"),
    "ts with an offset": (line(ts="2026-11-24T00:15:53+02:00"), "ts_invalid"),
    "ts on 30 February": (line(ts="2026-02-30T00:00:00Z"), "ts_invalid"),
    "ts at 24:00": (line(ts="2026-02-20T24:00:00Z"), "ts_invalid"),
    "ts is a fraction": (line(ts=1.5), "ts_invalid"),
    "ts is a boolean": (line(ts=True), "ts_invalid"),
    "ts over int64": (with_text(b"1").replace(b'"ts": "', b'"ts": 99999999999999999999, "was": "'), "ts_invalid"),
    "ts is negative": (line(ts=-1), "ts_too_old"),
    "ts in the year 9999": (line(ts="9999-12-31T23:59:59.999Z"), "ts_in_future"),
    "ts an hour ahead": (line(ts=rfc3339(now_ms() + HOUR)), "ts_in_future"),
    "ts older than retention": (line(ts=rfc3339(now_ms() - 8 * 24 * HOUR)), "ts_too_old"),
    "key is a number": (line(County=7), "key_type"),
    "key is a boolean": (line(County=False), "key_type"),
    "key is an array": (line(County=["Erie"]), "key_type"),
    "key is an object": (line(County={"name": "Erie"}), "key_type"),
    "key of 257 bytes": (line(County="k" * 257), "key_too_long"),
    "a line over 1 MiB": (line(note="n" * (1 << 20)), "line_too_long"),
}

CSV_HEADER = b"event_id,ts,County,note"


def csv_line(event_id="x-1", ts=None, county="Erie", note="n"):
    return f"{event_id},{ts or rfc3339(now_ms())},{county},{note}".encode()


BAD_CSV_RECORDS = {
    "too few columns": (b"x-1," + rfc3339(now_ms()).encode() + b",Erie", "csv_field_count"),
    "too many columns": (csv_line() + b",more", "csv_field_count"),
    "stray quote": (csv_line(note='a"b'), "csv_stray_quote"),
    "text after a quote": (csv_line(note='"a"b'), "csv_stray_quote"),
    "invalid UTF-8": (csv_line() + b"\xff", "invalid_utf8"),
    "no event_id": (csv_line(event_id=""), "event_id_missing"),
    "no ts": (b"x-1,,Erie,n", "ts_missing"),
    "ts is a word": (csv_line(ts="noon"), "ts_invalid"),
    "ts an hour ahead": (csv_line(ts=rfc3339(now_ms() + HOUR)), "ts_in_future"),
    "key of 257 bytes": (csv_line(county="k" * 257), "key_too_long"),
}


class BadLines(SharedServer):
    flags = ("--max-body", "16MiB")
    last_letter = 0  # the id of the newest dead letter that was looked at

    def setUp(self):
        BadLines.last_letter = max((d["id"] for d in self.server.dead_letters(BadLines.last_letter)), default=BadLines.last_letter)

    def check_line(self, run, bad, code, make_body, content_type, number):
        """The bad line between two good ones: it alone is lost."""
        before = self.assert_balances(self.server)
        answer = self.server.post(make_body(bad), f"{run}-b1", content_type).expect(422)
        verdict = answer.json
        self.assertEqual(answer.headers.get_content_type(), "application/problem+json")
        self.assertEqual(answer.problem, "events-rejected")
        got = (verdict["received"], verdict["stored"], verdict["duplicates"], verdict["rejected"])
        self.assertEqual(got, (3, 2, 0, 1), verdict)
        self.assertEqual([(e["line"], e["code"]) for e in verdict["errors"]], [(number, code)], verdict)
        self.assertGreater(len(verdict["errors"][0]["message"]), 5)
        after = self.assert_balances(self.server)
        for name, by in (("received", 3), ("stored", 2), ("rejected", 1)):
            self.assertEqual(after[name] - before[name], by, name)
        (letter,) = self.server.dead_letters(after=BadLines.last_letter)
        BadLines.last_letter = letter["id"]
        self.assertEqual(letter["batch_id"], f"{run}-b1")
        self.assertEqual((letter["line"], letter["code"]), (number, code))
        self.assertEqual(letter_bytes(letter), bad, "the original bytes")
        self.assertTrue(letter["source"], letter)

    def test_ndjson(self):
        for name, (bad, code) in BAD_JSON_LINES.items():
            with self.subTest(name):
                run = self.run_id()
                good = [json.dumps(event(run, i, now_ms())).encode() for i in (1, 2)]
                self.check_line(run, bad, code, lambda b: good[0] + b"\n" + b + b"\n" + good[1] + b"\n",
                                "application/x-ndjson", 2)  # fmt: skip
        self.assert_alive(self.server)
        self.assert_audit_passes(self.server)

    def test_csv(self):
        for name, (bad, code) in BAD_CSV_RECORDS.items():
            with self.subTest(name):
                run = self.run_id()
                good = [csv_line(f"{run}-{i}") for i in (1, 2)]
                self.check_line(run, bad, code, lambda b: b"\n".join([CSV_HEADER, good[0], b, good[1], b""]), "text/csv", 3)
        self.assert_alive(self.server)

    def test_csv_quote_that_is_never_closed(self):
        run = self.run_id()
        body = b"\n".join([CSV_HEADER, csv_line(f"{run}-1"), csv_line(f"{run}-2", note='"open'), csv_line(f"{run}-3"), b""])
        verdict = self.server.post(body, f"{run}-b1", "text/csv").expect(422).json
        self.assertEqual((verdict["received"], verdict["stored"], verdict["rejected"]), (3, 2, 1), verdict)
        self.assertEqual((verdict["errors"][0]["line"], verdict["errors"][0]["code"]), (3, "csv_unclosed_quote"))
        self.assert_balances(self.server)

    def test_a_cell_of_10_mb(self):
        good = csv_line("cell-1")
        body = b"\n".join([CSV_HEADER, good, csv_line("cell-2", note='"' + "c" * 10_000_000 + '"'), csv_line("cell-3"), b""])
        verdict = self.server.post(body, "cell-b1", "text/csv").expect(422).json
        self.assertEqual((verdict["received"], verdict["stored"], verdict["errors"][0]["code"]), (3, 2, "line_too_long"))
        self.assert_balances(self.server)
        (letter,) = [d for d in self.server.dead_letters() if d["batch_id"] == "cell-b1"]
        self.assertEqual(len(letter_bytes(letter)), len(csv_line("cell-2")) + 10_000_001)

    def test_json_array_elements(self):
        run = self.run_id()
        body = b"[" + json.dumps(event(run, 1, now_ms())).encode() + b", 17, " + line(County=4) + b"]"
        verdict = self.server.post(body, content_type="application/json").expect(422).json
        self.assertEqual((verdict["received"], verdict["stored"], verdict["rejected"]), (3, 1, 2), verdict)
        self.assertEqual([(e["line"], e["code"]) for e in verdict["errors"]], [(2, "not_an_object"), (3, "key_type")])

    def test_one_bad_line_among_a_thousand(self):
        run = self.run_id()
        lines = [json.dumps(event(run, i, now_ms())).encode() for i in range(1000)]
        lines[616] = b'{"event_id":"broken'
        verdict = self.server.post(b"\n".join(lines)).expect(422).json
        self.assertEqual((verdict["received"], verdict["stored"], verdict["rejected"]), (1000, 999, 1))
        self.assertEqual(verdict["errors"][0]["line"], 617)
        self.assert_balances(self.server)

    def test_of_many_bad_lines_the_first_hundred_are_named_and_all_are_kept(self):
        run = self.run_id()
        body = b"".join(b"bad %d\n" % i for i in range(250)) + json.dumps(event(run, 1, now_ms())).encode()
        verdict = self.server.post(body, f"{run}-b1").expect(422).json
        self.assertEqual((verdict["received"], verdict["stored"], verdict["rejected"]), (251, 1, 250))
        self.assertEqual([e["line"] for e in verdict["errors"]], list(range(1, 101)))
        kept = [letter_bytes(d) for d in self.server.dead_letters() if d["batch_id"] == f"{run}-b1"]
        self.assertEqual(kept, [b"bad %d" % i for i in range(250)])

    def test_reject_stores_nothing_and_leaves_no_trace(self):
        run = self.run_id()
        before, letters = self.server.ledger(), len(self.server.dead_letters())
        body = json.dumps(event(run, 1, now_ms())).encode() + b"\nbad\n"
        refused = self.server.post(body, f"{run}-b1", query="?on_error=reject").expect(422).json
        self.assertEqual((refused["received"], refused["stored"], refused["rejected"]), (2, 0, 2), refused)
        self.assertEqual(self.server.ledger(), before)
        self.assertEqual(len(self.server.dead_letters()), letters)
        # the id is still free
        self.server.post_events([event(run, 1, now_ms())], f"{run}-b1").expect(200)

    def test_reject_with_good_lines_stores_them(self):
        run = self.run_id()
        verdict = self.server.post_events([event(run, 1, now_ms())], query="?on_error=reject").expect(200).json
        self.assertEqual(verdict["stored"], 1)


class GoodThatLooksBad(SharedServer):
    def store(self, body, content_type="application/x-ndjson", stored=1):
        verdict = self.server.post(body, content_type=content_type).expect(200).json
        self.assertEqual((verdict["stored"], verdict["rejected"]), (stored, 0), verdict)
        self.assert_balances(self.server)

    def stored_event(self, event_id):
        (found,) = [e for e in self.server.events() if e["event_id"] == event_id]
        return found

    def test_byte_order_marks(self):
        run = self.run_id()
        self.store(b"\xef\xbb\xbf" + harness.ndjson([event(run, 1, now_ms())]))
        self.store(b"\xef\xbb\xbf" + CSV_HEADER + b"\n" + csv_line(f"{run}-2") + b"\n", "text/csv")
        self.store(b"\xef\xbb\xbf" + json.dumps([event(run, 3, now_ms())]).encode(), "application/json")

    def test_crlf_and_no_line_break_at_the_end(self):
        run = self.run_id()
        lines = [json.dumps(event(run, i, now_ms())).encode() for i in (1, 2)]
        self.store(b"\r\n".join(lines), stored=2)
        self.store(b"\r\n".join([CSV_HEADER, csv_line(f"{run}-3"), csv_line(f"{run}-4")]), "text/csv", stored=2)
        self.assertEqual(self.stored_event(f"{run}-4")["note"], "n")

    def test_empty_lines_are_nothing(self):
        run = self.run_id()
        one = json.dumps(event(run, 1, now_ms())).encode()
        self.store(b"\n\r\n  \t\n" + one + b"\n\n")

    def test_missing_null_and_empty_keys_count_under_blank(self):
        run = self.run_id()
        before = self.blank()
        events = [event(run, 1, now_ms(), None), event(run, 2, now_ms(), ""), event(run, 3, now_ms(), "x")]
        del events[2]["County"]
        self.store(harness.ndjson(events), stored=3)
        self.store(CSV_HEADER + b"\n" + csv_line(f"{run}-4", county="") + b"\n", "text/csv")
        self.assertEqual(self.blank() - before, 4)

    def blank(self):
        return self.server.get("/v1/windows/live").expect(200).json["counts"].get("(blank)", 0)

    def test_keys_are_never_corrected(self):
        run = self.run_id()
        keys = [" Erie", "Erie ", "erie", "ERIE", "Rensselear", "St. Lawrence", "Éire", "E\u0301ire", "k" * 256, "日本"]
        self.store(harness.ndjson([event(run, i, now_ms(), key) for i, key in enumerate(keys)]), stored=len(keys))
        counts = self.server.get("/v1/windows/live").expect(200).json["counts"]
        for key in keys:
            self.assertGreaterEqual(counts.get(key, 0), 1, key)

    def test_values_at_their_limits(self):
        run = self.run_id()
        now = now_ms()
        good = [
            event("a" * 64, 1, now),
            {"event_id": "a" * 128, "ts": now, "County": "Erie"},
            event(run, 1, now - 7 * 24 * HOUR + 60_000),
            event(run, 2, now + 50_000),
            {"event_id": f"{run}-3", "ts": "2026-11-24t00:00:00z".replace("2026-11-24", rfc3339(now)[:10]), "County": "E"},
            {"event_id": f"{run}-4", "ts": rfc3339(now)[:-1] + "456789Z", "County": "E"},
            event(run, 5, now, "E", deep=json.loads("[" * 60 + "]" * 60)),
            event(run, 6, now, "E", nul="a\x00b", pair="\U0001f3a3"),
        ]
        self.store(harness.ndjson(good), stored=len(good))
        self.assertEqual(self.stored_event(f"{run}-000006")["nul"], "a\x00b")
        self.assertEqual(self.stored_event(f"{run}-000006")["pair"], "\U0001f3a3")

    def test_csv_cells_with_commas_quotes_and_line_breaks(self):
        run = self.run_id()
        body = CSV_HEADER + b"\n" + csv_line(f"{run}-1", note='"a,""b""\r\nc\n"') + b"\n" + csv_line(f"{run}-2") + b"\n"
        self.store(body, "text/csv", stored=2)
        self.assertEqual(self.stored_event(f"{run}-1")["note"], 'a,"b"\r\nc\n')

    def test_an_empty_body_is_an_empty_batch(self):
        for body, content_type in ((b"", "application/x-ndjson"), (b"[]", "application/json"), (CSV_HEADER, "text/csv")):
            verdict = self.server.post(body, content_type=content_type).expect(200).json
            self.assertEqual((verdict["received"], verdict["stored"]), (0, 0))

    def test_gzip_zstd_and_identity(self):
        run = self.run_id()
        bodies = [harness.ndjson([event(run, i, now_ms())]) for i in range(4)]
        self.server.post(gzip.compress(bodies[0]), headers={"Content-Encoding": "gzip"}).expect(200)
        self.server.post(harness.zstd_stored(bodies[1]), headers={"Content-Encoding": "zstd"}).expect(200)
        self.server.post(bodies[2], headers={"Content-Encoding": "identity"}).expect(200)
        self.server.post(bodies[3], content_type="Application/X-NDJSON; charset=UTF-8").expect(200)


if __name__ == "__main__":
    harness.main()

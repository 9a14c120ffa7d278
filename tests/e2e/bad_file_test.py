"""What bad input gets: on the command line. Files that cannot be streamed, rows that cannot be events, flags that cannot be
used: the exit status, and a message that says what, where, what was expected and what to do."""

import base64
import collections
import json

import harness
from harness import DATA_SET, SharedServer, TestCase, weir

HEADER = "Waterbody Name,County,Owner"
GOOD = ["Creek,Erie,State", "River,Greene,Town", '"Lake, Upper",Erie,"a ""b"""']


class BadFiles(SharedServer):
    """Files of which nothing can be sent."""

    def stream(self, *arguments, **more):
        return weir("stream", *arguments, "--to", self.server.url, **more)

    def refused(self, finished, status, *words):
        self.assert_status(finished, status)
        self.assertTrue(finished.err.startswith("weir: ") or "weir: " in finished.err, finished)
        for word in words:
            self.assertIn(word, finished.err, finished)
        self.assertEqual(self.server.ledger()["received"], 0)
        self.assertNotIn("terminate called", finished.err)
        self.assertNotIn("Traceback", finished.err)

    def file(self, content, name="rows.csv"):
        path = self.folder() / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def test_missing(self):
        self.refused(self.stream("/nonexistent/rows.csv"), 2, "/nonexistent/rows.csv", "hint")

    def test_a_directory(self):
        folder = self.folder()
        self.refused(self.stream(folder), 2, str(folder), "directory")

    def test_empty(self):
        path = self.file("")
        self.refused(self.stream(path), 2, str(path), "empty")
        self.refused(self.stream("-", input=b""), 2, "empty")

    def test_a_byte_order_mark_alone_is_empty_too(self):
        self.refused(self.stream(self.file(b"\xef\xbb\xbf")), 2, "empty")

    def test_header_only(self):
        for text in (HEADER, HEADER + "\n", HEADER + "\r\n\r\n"):
            self.refused(self.stream(self.file(text)), 2, "header")

    def test_no_county_column_names_the_columns_found(self):
        path = self.file("Name,Country\na,b\n")
        self.refused(self.stream(path), 2, "County", "Name", "Country", "--group-by")

    def test_columns_of_weirs_own(self):
        self.refused(self.stream(self.file("event_id,County\n1,Erie\n")), 2, "event_id")
        self.refused(self.stream(self.file("ts,County\n1,Erie\n")), 2, "ts")

    def test_a_column_twice(self):
        self.refused(self.stream(self.file("County,a,County\nx,1,y\n")), 2, "County")

    def test_ndjson_has_no_csv_form(self):
        path = self.file('{"County":"Erie"}\n', "rows.ndjson")
        self.refused(self.stream(path, "--format", "csv"), 2, "csv")


class BadRows(TestCase):
    """Files with rows that cannot be used: each costs itself alone, and the exit status says that not all were sent."""

    def send(self, content, name, *flags):
        server = self.serve()
        path = self.folder() / name
        path.write_bytes(content)
        sent = weir("stream", path, "--to", server.url, "--output", "json", *flags)
        return server, path, sent

    def check(self, content, name, stored, rejected, lines, *flags):
        server, path, sent = self.send(content, name, *flags)
        self.assert_status(sent, 1 if rejected else 0)
        summary = sent.json
        self.assertEqual((summary["acknowledged"], summary["rejected"]), (stored, rejected), sent)
        named = [row["line"] for row in summary["first_rejected"]]
        self.assertLessEqual(set(lines), set(named), "the summary names the line")
        self.assertEqual(len(named), rejected)
        self.assertEqual(len(server.events()), stored)
        self.assert_balances(server)
        self.assert_alive(server)
        return server, sent

    def rows(self, *lines, header=HEADER, end="\n"):
        return end.join([header, *lines, ""]).encode()

    def test_too_few_and_too_many_columns(self):
        for wire in ("json", "csv"):
            self.check(self.rows(GOOD[0], "Pond,Erie", GOOD[1], "Pond,Erie,x,y", GOOD[2]), "r.csv", 3, 2, (3, 5), "--format", wire)

    def test_unclosed_quote_at_the_end(self):
        self.check(self.rows(*GOOD, '"Pond,Erie,x'), "r.csv", 3, 1, (5,))

    def test_byte_order_mark_and_crlf(self):
        server, _ = self.check(b"\xef\xbb\xbf" + self.rows(*GOOD, end="\r\n"), "r.csv", 3, 0, ())
        self.assertEqual({e["Waterbody Name"] for e in server.events()}, {"Creek", "River", "Lake, Upper"})
        self.assertEqual({e["Owner"] for e in server.events()}, {"State", "Town", 'a "b"'})

    def test_a_cell_of_10_mb(self):
        self.check(self.rows(GOOD[0], "x" * 10_000_000 + ",Erie,s", GOOD[1]), "r.csv", 2, 1, (3,))

    def test_invalid_utf8(self):
        content = self.rows(GOOD[0]) + b"Cr\xffek,Erie,s\n" + GOOD[1].encode() + b"\n"
        self.check(content, "r.csv", 2, 1, (3,))

    def test_nul_bytes_cost_nothing_or_the_line_and_never_more(self):
        content = self.rows(GOOD[0]) + b"Cr\x00eek,Erie,s\n" + GOOD[1].encode() + b"\n"
        server, path, sent = self.send(content, "r.csv")
        summary = sent.json
        self.assertEqual(summary["acknowledged"] + summary["rejected"], 3, sent)
        self.assertGreaterEqual(summary["acknowledged"], 2)
        for e in server.events():
            self.assertIn(e["Waterbody Name"], ("Creek", "River", "Cr\x00eek"))
        self.assert_balances(server)

    def test_ndjson_rows(self):
        good = [b'{"Name":"a","County":"Erie"}', b'{"County":"Greene"}', b"{}", b'{"County":null}']
        bad = [
            b'{"County":"Er', b"[1]", b'{"County":"a","County":"b"}', b'{"County":"\\ud800"}', b'{"County":NaN}', b'{"County":7}',
            b'{"County":true}', b'{"County":["x"]}', b'{"County":{}}', b'{"a":' * 100_000, b'{"County":"x"} y', b"not json",
            b'{"event_id":"x","County":"Erie"}', b'{"ts":"x","County":"Erie"}',
        ]  # fmt: skip
        lines = good[:2] + bad + good[2:]
        server, _ = self.check(b"\n".join(lines), "r.ndjson", 4, len(bad), (3, 16))
        counts = collections.Counter(e.get("County") or "(blank)" for e in server.events())
        self.assertEqual(counts, {"Erie": 1, "Greene": 1, "(blank)": 2})

    def test_a_file_of_bad_rows_alone(self):
        self.check(self.rows("a", "b", "c"), "r.csv", 0, 3, (2, 3, 4))

    def test_a_looped_file_tells_each_bad_row_once(self):
        self.check(self.rows(GOOD[0], "short", GOOD[1]), "r.csv", 10, 1, (3,), "--limit", "10")

    def test_the_table_form_says_it_in_words(self):
        server, path, _ = self.send(self.rows(GOOD[0], "short"), "r.csv")
        sent = weir("stream", path, "--to", server.url)
        self.assert_status(sent, 1)
        self.assertRegex(sent.out + sent.err, r"rejected\s+1\b")
        self.assertIn("csv_field_count", sent.err + sent.out)


class DeadLetters(TestCase):
    def test_listed_and_exported(self):
        server = self.serve()
        originals = [b'{"event_id":"bro\xffken', b"=HYPERLINK(1)", b'{"event_id":"a-1","ts":"noon"}']
        server.post(b"\n".join(originals), "dl-b1").expect(422)
        listed = weir("dead-letters", "list", "--server", server.url)
        self.assert_status(listed, 0)
        for word in ("json_invalid", "ts_invalid", "dl-b1"):
            self.assertIn(word, listed.out)
        self.assertNotIn("\xff", listed.out)
        exported = weir("dead-letters", "export", "--server", server.url)
        self.assert_status(exported, 0)
        letters = [json.loads(line) for line in exported.out.splitlines()]
        self.assertEqual([letter["line"] for letter in letters], [1, 2, 3])
        self.assertEqual([letter["bytes"] for letter in letters][1:], [o.decode() for o in originals[1:]])
        self.assertIsNone(letters[0]["bytes"])
        self.assertEqual(base64.b64decode(letters[0]["bytes_base64"]), originals[0])

    def test_what_a_terminal_would_obey_is_written_out(self):
        server = self.serve()
        server.post(b"\x1b[2J\x1b]0;owned\x07\n", "esc-b1").expect(422)
        listed = weir("dead-letters", "list", "--server", server.url)
        self.assert_status(listed, 0)
        self.assertNotIn("\x1b", listed.out)


class BadFlags(TestCase):
    def usage(self, *arguments, words=(), **more):
        finished = weir(*arguments, **more)
        self.assert_status(finished, 2)
        self.assertEqual(finished.out, "")
        for word in words:
            self.assertIn(word, finished.err, finished)

    def test_each_is_told_by_name(self):
        for arguments, words in (
            ((), ()),
            (("straem",), ("straem", "stream")),
            (("stream",), ("FILE",)),
            (("stream", "a", "b"), ()),
            (("serve", "--listne", "x"), ("--listne", "--listen")),
            (("serve", "--listen"), ("--listen",)),
            (("serve", "--listen", "nowhere"), ("--listen", "nowhere")),
            (("serve", "--listen", "127.0.0.1:99999"), ("99999",)),
            (("serve", "--window", "5 minutes"), ("--window", "5 minutes")),
            (("serve", "--window", "5m", "--pane", "7s"), ("pane",)),
            (("serve", "--slide", "10m"), ("slide",)),
            (("stream", "x.csv", "--rate", "fast"), ("--rate", "fast")),
            (("stream", "x.csv", "--rate", "0/s"), ("--rate",)),
            (("stream", "x.csv", "--limit", "-1"), ("--limit",)),
            (("stream", "x.csv", "--limit", "1e3"), ("--limit", "1e3")),
            (("stream", "x.csv", "--format", "xml"), ("--format", "xml", "csv")),
            (("stream", DATA_SET, "--to", "ftp://x"), ("ftp://x",)),
            (("query", "nothing"), ("nothing",)),
            (("query", "at", "noon"), ("noon",)),
            (("aggregate",), ("--run-id",)),
            (("audit", "--from", "later"), ("--from", "later")),
        ):
            with self.subTest(" ".join(map(str, arguments))):
                self.usage(*arguments, words=words)

    def test_another_address_than_loopback_wants_a_token_or_to_be_asked_for_by_name(self):
        folder = self.folder()
        finished = weir("serve", "--listen", "0.0.0.0:0", "--data-dir", folder / "data")
        self.assert_status(finished, 2)
        self.assertIn("--token-file", finished.err)
        self.assertFalse((folder / "data").exists(), "nothing was made")

    def test_an_unusable_token_file(self):
        folder = self.folder()
        (folder / "empty").write_text("\n")
        self.usage("serve", "--listen", "127.0.0.1:0", "--data-dir", folder / "d", "--token-file", folder / "empty", words=("empty",))
        finished = weir("serve", "--listen", "127.0.0.1:0", "--data-dir", folder / "d", "--token-file", folder / "none")
        self.assertIn(finished.status, (2, 3), finished)
        self.assertIn("none", finished.err)



if __name__ == "__main__":
    harness.main()

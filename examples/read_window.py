#!/usr/bin/env python3
"""Reads the counts of a window: the one of this moment, or the one that ended --at a time."""

import argparse

import requests


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--url", default="http://127.0.0.1:8080")
    options.add_argument("--token-file")
    options.add_argument("--at", default="live", help="a window's end, such as 2026-11-24T00:15:00Z")
    options.add_argument("--top", type=int, default=10)
    given = options.parse_args()

    headers = {}
    if given.token_file:
        with open(given.token_file) as file:
            headers["Authorization"] = f"Bearer {file.read().strip()}"
    answer = requests.get(f"{given.url}/v1/windows/{given.at}", params={"top": given.top}, headers=headers, timeout=30)
    answer.raise_for_status()
    row = answer.json()
    print(f"{row['window_start']} to {row['window_end']}: {row['total']} events, {row['keys']} keys")
    for key, count in sorted(row["counts"].items(), key=lambda item: (-item[1], item[0])):
        print(f"{count:10} {key}")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Makes rooms.csv: three hours of readings of six rooms, one a minute, made up but always the same.

    examples/rooms/make_rooms.py > examples/rooms/rooms.csv
"""

import csv
import math
import random
import sys

ROOMS = [("North", "101", 20.5), ("North", "102", 21.0), ("North", "Cold lab", 6.0), ("South", "1", 22.5), ("South", "2", 23.0), ("South", "Hall", 19.0)]

noise = random.Random(1)
out = csv.writer(sys.stdout, lineterminator="\n")
out.writerow(["Building", "Room", "temperature", "co2"])
for minute in range(180):
    for number, (building, room, warmth) in enumerate(ROOMS):
        temperature = warmth + 1.5 * math.sin(minute / 30 + number) + noise.uniform(-0.2, 0.2)
        co2 = 450 + 300 * abs(math.sin(minute / 45 + number)) + noise.uniform(-20, 20)
        broken = noise.random() < 0.005  # the sensor sends no number
        out.writerow([building, room, "n/a" if broken else f"{temperature:.2f}", f"{co2:.0f}"])

"""The database of the CAN bench, and how fast cantools decodes by it: bench_can.py FILE.dbc [FRAMES].

60 messages, 270 signals, half Intel, half Motorola, a third with texts; random frames of 8 bytes, on one core.
"""
import os
import random
import sys
import time

import cantools


def write(path):
    generator = random.Random(4)
    lines, texts = ['VERSION "1"', "BU_: A"], []
    for number in range(60):
        id = 0x100 + number if number < 40 else 0x98FE0000 + number * 256
        lines.append(f"BO_ {id} Message{number}: 8 A")
        sizes = [16, 16, 12, 8] if number % 2 else [16, 16, 8, 8, 4]
        place = 0
        for index, size in enumerate(sizes):
            sign = "-" if index % 2 else "+"
            factor = ["0.01", "1", "0.5"][index % 3]
            if number % 4 < 2:
                start, order = place, 1
            else:
                start, order = 8 * (place // 8) + 7 - place % 8, 0
            lines.append(f' SG_ S{index} : {start}|{size}@{order}{sign} ({factor},0) [0|0] "m" A')
            if index % 3 == 1:
                texts.append(f"VAL_ {id} S{index} " + " ".join(f'{k} "state {k}"' for k in range(8)) + " ;")
            place += size
        lines.append("")
    with open(path, "w") as file:
        file.write("\n".join(lines + texts) + "\n")


def main():
    path, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 300_000
    if not os.path.exists(path):
        write(path)
    database = cantools.database.load_file(path)
    generator = random.Random(5)
    frames = [(message.frame_id, generator.randbytes(message.length))
              for message in generator.choices(database.messages, k=count)]
    for choices in [True, False]:
        seconds = []
        for _ in range(3):
            start = time.process_time()
            for id, data in frames:
                database.decode_message(id, data, decode_choices=choices)
            seconds.append(time.process_time() - start)
        print(f"cantools {cantools.__version__}, {'with' if choices else 'without'} texts\t"
              f"{count / min(seconds) / 1e6:.3f} M frames/s")


if __name__ == "__main__":
    main()

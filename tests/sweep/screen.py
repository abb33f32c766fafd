"""A terminal of so many columns and rows, as far as the display of a sweep needs one."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"\x1b\[(\?)?([0-9;]*)([A-Za-z])|([\r\n])|(.)", re.DOTALL)


class Screen:
    """Takes what a program writes, and tells what a reader sees.

    `wrapped` counts the characters that did not fit into a line and went to the next one.
    """

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height, self.wrapped = width, height, 0
        self.rows: list[list[str]] = [[]]
        self.top, self.row, self.column = 0, 0, 0

    def write(self, text: str) -> None:
        for private, numbers, command, control, letter in _TOKEN.findall(text):
            if command and not private:
                self._command(command, numbers)
            elif control == "\r":
                self.column = 0
            elif control == "\n":
                self.row, self.column = self.row + 1, 0
                self._grow()
            elif letter:
                self._put(letter)

    def flush(self) -> None:
        """Nothing waits."""

    def isatty(self) -> bool:
        return True

    @property
    def shown(self) -> str:
        """The lines from the first that is on the screen, without blanks at their ends."""
        lines = ["".join(row).rstrip() for row in self.rows[self.top :]]
        return "\n".join(lines).rstrip("\n") + "\n"

    @property
    def text(self) -> str:
        """All lines, those that have left the screen as well."""
        return "\n".join("".join(row).rstrip() for row in self.rows).rstrip("\n") + "\n"

    def _put(self, letter: str) -> None:
        if self.column >= self.width:
            self.wrapped += 1
            self.row, self.column = self.row + 1, 0
            self._grow()
        row = self.rows[self.row]
        row.extend(" " * (self.column + 1 - len(row)))
        row[self.column] = letter
        self.column += 1

    def _grow(self) -> None:
        while self.row >= len(self.rows):
            self.rows.append([])
        self.top = max(self.top, self.row - self.height + 1)

    def _command(self, command: str, numbers: str) -> None:
        n = int(numbers or 1) if numbers.isdecimal() or not numbers else 1
        if command == "A":
            self.row = max(self.top, self.row - n)
        elif command == "B":
            self.row += n
            self._grow()
        elif command == "G":
            self.column = n - 1
        elif command == "K":
            row = self.rows[self.row]
            self.rows[self.row] = [] if numbers == "2" else row[: self.column]
        elif command == "J":
            self.rows[self.row] = self.rows[self.row][: self.column]
            del self.rows[self.row + 1 :]
        elif command not in ("m", "h", "l"):
            raise AssertionError(f"unknown control sequence {command}")

"""The process of one libngspice, started as `python -m vle_analog.simulator.worker FOLDER` by `WorkerProcess`.

Frames are exchanged over the pipes of standard input and output, which are then redirected so that nothing else writes
to them. The process ignores Ctrl-C (the parent handles it) and ends with its parent.
"""

import os
import queue
import select
import shutil
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

from vle_analog.simulator import protocol

PROGRESS_INTERVAL = 0.1  # seconds between progress frames
PARENT_CHECK_INTERVAL = 2.0  # seconds between checks of the parent process


class Channel:
    """The worker's end of the two pipes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._requests, self._replies = os.dup(0), os.dup(1)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(2, 1)  # any other output goes to the parent's log file, never into a frame
        self._parent = os.getppid()
        self._inbox: queue.SimpleQueue[tuple[protocol.Header, bytearray]] = queue.SimpleQueue()

    def listen(self) -> None:
        """Read requests in the background, also while ngspice runs; the end of the pipe ends the process."""
        threading.Thread(target=self._listen, daemon=True).start()

    def receive(self) -> tuple[protocol.Header, bytearray]:
        """Wait for the next request."""
        return self._inbox.get()

    def send(self, header: protocol.Header, blocks: list[memoryview] | tuple[()] = ()) -> None:
        """Write one frame; without a reader the process ends."""
        try:
            for piece in protocol.frame(header, blocks):
                view = memoryview(piece)
                while view:
                    view = view[os.write(self._replies, view) :]
        except OSError:
            self._leave()

    def _leave(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        os._exit(0)  # from any thread, also while ngspice runs in another

    def _listen(self) -> None:
        while True:
            self._inbox.put(protocol.read_frame(self._read))

    def _read(self, length: int) -> bytearray:
        data = bytearray(length)
        view = memoryview(data)
        poll = select.poll()
        poll.register(self._requests, select.POLLIN)
        while view:
            if not poll.poll(1000 * PARENT_CHECK_INTERVAL):
                if os.getppid() != self._parent:
                    self._leave()
                continue
            count = os.readv(self._requests, [view])
            if count == 0:
                self._leave()
            view = view[count:]
        return data


def serve(home: Path) -> None:
    """Process requests until the parent ends; `home` is this worker's own folder, removed at its end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.chdir(home)
    channel = Channel(home)
    channel.listen()
    from vle_analog.simulator.engine import Engine, features

    engine = Engine()
    channel.send({"kind": "ready", **features(engine)})
    while True:
        header, block = channel.receive()
        folder = Path(tempfile.mkdtemp(dir=home))
        try:
            for name, content in protocol.unpack_files(header["files"], block).items():
                (folder / name).write_bytes(content)
            os.chdir(folder)
            report, arrays = engine.run(header["text"], header["saves"], _Progress(channel))
        finally:
            os.chdir(home)
            shutil.rmtree(folder, ignore_errors=True)
        table, blocks = protocol.pack_arrays(arrays)
        channel.send({"kind": "result", **report, "arrays": table}, blocks)


class _Progress:
    """A progress callback that limits the rate of messages."""

    def __init__(self, channel: Channel) -> None:
        self._channel, self._next = channel, 0.0

    def __call__(self, fraction: float) -> None:
        now = time.monotonic()
        if now >= self._next:
            self._next = now + PROGRESS_INTERVAL
            self._channel.send({"kind": "progress", "fraction": fraction})


if __name__ == "__main__":
    serve(Path(sys.argv[1]).resolve())

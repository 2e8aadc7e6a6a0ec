# Does in PyTorch, on one thread, what the parent process asks for. Standard input: a line of JSON a command, followed by the arrays it announces
# as 32-bit numbers; standard output: a line of JSON an answer, followed by the arrays that it announces. Times are taken here, around the work alone.
import ctypes
import json
import os
import sys
import time
import warnings

answers = os.fdopen(os.dup(1), "wb")
os.dup2(2, 1)  # whatever a library prints must not get between the answers
warnings.simplefilter("ignore")

import torch
from torch.nn.functional import embedding_bag

torch.set_num_threads(1)
torch.set_num_interop_threads(1)


def answer(arrays=(), **fields):
    fields["arrays"] = [[name, value.numel()] for name, value in arrays]
    answers.write(json.dumps(fields).encode() + b"\n")
    for _, value in arrays:
        value = value.detach().contiguous()
        answers.write(ctypes.string_at(value.data_ptr(), 4 * value.numel()))
    answers.flush()


def read_arrays(announced):
    result = {}
    for name, kind, count in announced:
        data = bytearray(sys.stdin.buffer.read(4 * count))
        result[name] = torch.frombuffer(data, dtype=torch.int32 if kind == "int" else torch.float32)
    return result


class Recurrent:
    def __init__(self, task, arrays):
        steps, batch, size = task["steps"], task["batch"], task["size"]
        gates = 3 if task["cell"] == "gru" else 4
        self.lstm, self.streaming, self.training = task["cell"] == "lstm", task["mode"] == "step", task["mode"] == "training"
        self.weights = [arrays["weight_ih"].view(gates * size, size), arrays["weight_hh"].view(gates * size, size), arrays["bias_ih"], arrays["bias_hh"]]
        self.x = arrays["x"].view(batch, size) if self.streaming else arrays["x"].view(steps, batch, size)
        self.zero = torch.zeros(batch, size) if self.streaming else torch.zeros(1, batch, size)
        self.dy = arrays["dy"].view(steps, batch, size) if self.training else None
        if self.training:
            for tensor in [self.x, *self.weights]:
                tensor.requires_grad_(True)
        self.reset()

    def reset(self):
        self.h = self.c = self.zero
        self.y = None
        self.gradients = []

    def sequence(self):
        if self.lstm:
            return torch.lstm(self.x, (self.zero, self.zero), self.weights, True, 1, 0.0, self.training, False, False)[0]
        return torch.gru(self.x, self.zero, self.weights, True, 1, 0.0, self.training, False, False)[0]

    def run(self, repeat):
        if self.training:
            for _ in range(repeat):
                self.y = self.sequence()
                self.gradients = torch.autograd.grad(self.y, [self.x, *self.weights], self.dy)
            return
        with torch.inference_mode():
            if not self.streaming:
                for _ in range(repeat):
                    self.y = self.sequence()
            elif self.lstm:
                h, c, x, weights = self.h, self.c, self.x, self.weights
                for _ in range(repeat):
                    h, c = torch.lstm_cell(x, (h, c), *weights)
                self.h, self.c, self.y = h, c, h
            else:
                h, x, weights = self.h, self.x, self.weights
                for _ in range(repeat):
                    h = torch.gru_cell(x, h, *weights)
                self.h, self.y = h, h

    def outputs(self):
        result = [("y", self.y)]
        if self.streaming and self.lstm:
            result.append(("c", self.c))
        if self.training:
            dx, dw_ih, dw_hh, db, _ = self.gradients
            result += [("dx", dx), ("dw_ih", dw_ih), ("dw_hh", dw_hh), ("db", db)]
        return result


class Sparse:
    def __init__(self, task, arrays):
        self.x = arrays["x"].view(-1, task["features"])
        self.offsets, self.indices, self.values = arrays["offsets"], arrays["indices"], arrays["values"]
        rows = len(self.offsets) - 1
        self.matrix = torch.sparse_csr_tensor(self.offsets, self.indices, self.values, (rows, rows)) if task["way"] == "csr" else None
        self.weights = self.values if task["weighted"] else None
        self.starts = self.offsets[:-1].contiguous()

    def reset(self):
        self.y = None

    def run(self, repeat):
        if self.matrix is not None:
            for _ in range(repeat):
                self.y = self.matrix @ self.x
            return
        with torch.inference_mode():
            for _ in range(repeat):
                self.y = embedding_bag(self.indices, self.x, self.starts, mode="sum", per_sample_weights=self.weights)

    def outputs(self):
        return [("y", self.y)]


jobs = {}
answer(version=torch.__version__)
for line in sys.stdin.buffer:
    command = json.loads(line)
    arrays = read_arrays(command.get("arrays", []))
    try:
        job = command["job"]
        if command["do"] == "create":
            jobs[job] = (Recurrent if "cell" in command else Sparse)(command, arrays)
            answer()
        elif command["do"] == "run":
            start = time.perf_counter_ns()
            jobs[job].run(command["repeat"])
            answer(nanoseconds=time.perf_counter_ns() - start)
        elif command["do"] == "reset":
            jobs[job].reset()
            answer()
        elif command["do"] == "outputs":
            answer(jobs[job].outputs())
        elif command["do"] == "destroy":
            del jobs[job]
            answer()
    except Exception as exception:  # the parent reports it beside the row
        answer(error=f"{type(exception).__name__}: {exception}".split("\n")[0])

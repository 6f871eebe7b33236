/** For all unit tests: a module that is loaded by a dynamic import takes real time, which no fake clock waits for. */
import { vi } from "vitest";
import * as line from "../../src/core/line";

vi.mock("../../src/core/load-line", () => ({ loadLine: () => Promise.resolve(line) }));

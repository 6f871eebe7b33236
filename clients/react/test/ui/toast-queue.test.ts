import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { changeToasts, NO_TOASTS, type Toast, type ToastChange, type ToastQueue } from "../../src/ui/toast-queue";

const toast = (id: string): Toast => ({ id, type: "info", title: id, message: "" });
const changes = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 0, max: 9 }).map((n): ToastChange => ({ type: "add", toast: toast(`n${n}`) })) },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 9 }).map((n): ToastChange => ({ type: "remove", ids: [`n${n}`] })) },
    { weight: 1, arbitrary: fc.constant<ToastChange>({ type: "clear" }) },
  ),
  { maxLength: 60 },
);

describe("toasts", () => {
  it("C54 case 25: lets each id in once, whatever comes again", () => {
    fc.assert(
      fc.property(changes, (all) => {
        let queue: ToastQueue = NO_TOASTS;
        const entered: string[] = [];
        for (const change of all) {
          const before = queue.toasts;
          queue = changeToasts(queue, change);
          entered.push(...queue.toasts.filter((now) => !before.some(({ id }) => id === now.id)).map(({ id }) => id));
        }
        expect(new Set(entered).size).toBe(entered.length);
      }),
    );
  });

  it("remembers a bounded number of ids", () => {
    let queue: ToastQueue = NO_TOASTS;
    for (let n = 0; n < 1500; n += 1) queue = changeToasts(queue, { type: "add", toast: toast(`n${n}`) });
    expect(queue.known.size).toBe(1000);
  });

  it("is the same object when nothing changes", () => {
    const queue = changeToasts(NO_TOASTS, { type: "add", toast: toast("a") });
    expect(changeToasts(queue, { type: "add", toast: toast("a") })).toBe(queue);
    expect(changeToasts(queue, { type: "remove", ids: ["b"] })).toBe(queue);
    expect(changeToasts(NO_TOASTS, { type: "clear" })).toBe(NO_TOASTS);
  });
});

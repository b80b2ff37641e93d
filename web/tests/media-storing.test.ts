import { describe, expect, it } from "vitest";
import { isStoring, onStoring, untilStored, whileStoring } from "../field/src/media-storing";

function deferred() {
  let resolve!: () => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<void>((done, fail) => ([resolve, reject] = [done, fail]));
  return { promise, resolve, reject };
}

describe("media that are being stored", () => {
  it("lets a case wait for all of its media, also for those added meanwhile", async () => {
    const [first, second] = [deferred(), deferred()];
    let isOver = false;
    void whileStoring("case", first.promise);
    const waiting = untilStored("case").then(() => (isOver = true));
    void whileStoring("case", second.promise);
    first.resolve();
    await first.promise;
    await Promise.resolve();
    expect([isOver, isStoring("case"), isStoring("another")]).toEqual([false, true, false]);
    second.resolve();
    await waiting;
    expect(isStoring("case")).toBe(false);
  });

  it("does not wait where nothing is stored", async () => {
    await untilStored("case");
  });

  it("rejects when a photo cannot be stored, and not again", async () => {
    const full = deferred();
    const storing = whileStoring("case", full.promise);
    const waiting = untilStored("case");
    full.reject(new Error("full"));
    await expect(storing).rejects.toThrow("full");
    await expect(waiting).rejects.toThrow("full");
    await untilStored("case");
  });

  it("calls listeners at begin and end", async () => {
    const states: boolean[] = [];
    const end = onStoring(() => states.push(isStoring("case")));
    await whileStoring("case", Promise.resolve());
    end();
    await whileStoring("case", Promise.resolve());
    expect(states).toEqual([true, false]);
  });
});

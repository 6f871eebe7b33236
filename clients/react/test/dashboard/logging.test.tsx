// @vitest-environment happy-dom
import { act, render } from "@testing-library/react";
import { expect, it } from "vitest";
import { Logging, useLog } from "../../dashboard/src/events/logging";
import { NotificationProvider } from "../../src";
import { world } from "../session/world";

it("the log is emptied when another user came", async () => {
  const { browser, server, client } = world();
  let titles = "";
  const Show = () => ((titles = JSON.stringify(useLog().log.entries)), null);
  render(
    <NotificationProvider client={client}>
      <Logging>
        <Show />
      </Logging>
    </NotificationProvider>,
  );
  await act(() => browser.advance(1_000));
  server.notify("annas");
  await act(() => browser.advance(1_000));
  expect(titles).toContain("annas");
  server.user = "BBBBBBBB";
  server.rows = [];
  server.reset();
  await act(() => browser.advance(2_000));
  expect(titles).not.toContain("annas");
});

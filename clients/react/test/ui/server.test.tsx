import { renderToString } from "react-dom/server";
import { describe, expect, it, vi } from "vitest";
import { ScriptedClient } from "../../browser/gallery/scripted-client";
import { ClientContext } from "../../src/hooks/context";
import { ar, Inbox, LocaleProvider, NotificationBell, Preferences, TaskList, Toasts } from "../../src/ui";

describe("on a server", () => {
  it("renders every component without a document, and React has nothing to complain of", () => {
    expect(typeof document).toBe("undefined");
    const complaints = vi.spyOn(console, "error");
    const html = renderToString(
      <ClientContext.Provider value={new ScriptedClient()}>
        <LocaleProvider locale={ar}>
          <NotificationBell />
          <Inbox />
          <TaskList />
          <Preferences />
          <Toasts />
        </LocaleProvider>
      </ClientContext.Provider>,
    );
    expect(html.match(/dir="rtl"/g)).toHaveLength(5);
    expect(html).toContain("belfry-skeleton");
    expect(complaints).not.toHaveBeenCalled();
  });
});

// @vitest-environment happy-dom
import { hydrateRoot } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { expect, it } from "vitest";
import { useNotificationSystem } from "../../src/hooks";
import { NotificationProvider } from "../../src/hooks/provider";
import { act } from "./mounting";
import { first, ScriptedClient } from "./scripted-client";

it("C43 a browser takes over what the server has rendered, then shows what it knows", async () => {
  const client = new ScriptedClient();
  client.shown = { ...client.shown, notifications: [first], unreadCount: 1 };
  const Screen = () => {
    const { notifications, unreadCount } = useNotificationSystem();
    return <p>{`${unreadCount} ${notifications.map(({ title }) => title)}`}</p>;
  };
  const page = <NotificationProvider client={client}><Screen /></NotificationProvider>;
  const place = document.body.appendChild(document.createElement("div"));
  place.innerHTML = renderToString(page);
  expect(place.textContent).toBe("0 ");
  const paragraph = place.firstChild;
  const recovered: unknown[] = [];
  const root = await act(async () => hydrateRoot(place, page, { onRecoverableError: (error) => recovered.push(error) }));
  expect(place.textContent).toBe(`1 ${first.title}`);
  expect(place.firstChild).toBe(paragraph);
  expect(recovered).toEqual([]);
  act(() => root.unmount());
});

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "../../src/ui/styles.css";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/door.css";
import "./styles/send.css";
import "./styles/events.css";
import { App } from "./app";
import { restoreSession } from "./session/session";
import { restoreSettings } from "./settings";

restoreSettings();
void restoreSession();
const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}

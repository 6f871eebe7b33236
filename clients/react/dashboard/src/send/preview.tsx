import { NotificationContent, Root } from "../../../src/ui";
import { useTexts } from "../settings";
import { type Draft, previewOf } from "./draft";

/** The draft in the very row that its readers will see. */
export function Preview({ draft }: { draft: Draft }) {
  const { send } = useTexts();
  const now = Date.now();
  return (
    <section className="panel preview" aria-labelledby="preview-title">
      <div className="panel-head">
        <h2 id="preview-title">{send.preview}</h2>
        <span className="field-hint">{send.previewHint}</span>
      </div>
      <Root className="preview-row">
        <NotificationContent notification={previewOf(draft, send.untitled, now)} now={now} />
      </Root>
    </section>
  );
}

// A modal dialog. The browser keeps the focus in it, closes it at Escape; the focus returns to the opener.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useTranslation } from "../hooks/use-translation";

export function Dialog(props: { title: string; onClose: () => void; testid?: string; children: ComponentChildren }) {
  const t = useTranslation();
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const opener = document.activeElement;
    box.current?.showModal();
    return () => {
      box.current?.close();
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  return (
    <dialog
      ref={box}
      aria-labelledby="dialog-title"
      onCancel={(event) => (event.preventDefault(), props.onClose())}
      data-testid={props.testid}
    >
      <div class="head">
        <h2 id="dialog-title">{props.title}</h2>
        <button type="button" class="plain" onClick={props.onClose}>
          {t("close")}
        </button>
      </div>
      {props.children}
    </dialog>
  );
}

// A field that finds streets, numbers, landmarks and grids while it is typed: a combobox with a list of suggestions.
import { useEffect, useId, useState } from "preact/hooks";
import { useFoundPlaces } from "../../../src/use-found-places";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client, type Schemas } from "../session";
import { ErrorMessage } from "../ui/error-message";
import type { TextKey } from "../words";

export type FoundPlace = Schemas["FoundPlace"] & { at: [number, number] };

const REST_MS = 200;
const MAX_SHOWN = 8;

const search = (q: string) =>
  callApi(client.GET("/api/v1/places/search", { params: { query: { q, limit: MAX_SHOWN } } }));

export function PlaceSearch(props: { onChoose: (place: FoundPlace) => void; isLabelHidden?: boolean }) {
  const t = useTranslation();
  const id = useId();
  const [text, setText] = useState("");
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const { matches, error } = useFoundPlaces(isOpen ? text.trim() : "", REST_MS, search);
  useEffect(() => setActive(0), [matches]);
  const choose = (place: FoundPlace | undefined) => {
    if (!place) return;
    setText(t.named(place.name));
    setOpen(false);
    props.onChoose(place);
  };
  const onKey = (event: KeyboardEvent) => {
    const count = matches?.length ?? 0;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (count > 0) setActive((active + (event.key === "ArrowDown" ? 1 : count - 1)) % count);
    } else if (event.key === "Enter" && isOpen) {
      // Not the form around: a place is chosen first.
      event.preventDefault();
      choose(matches?.[active]);
    } else if (event.key === "Escape") setOpen(false);
  };
  const isListed = isOpen && matches !== null && matches.length > 0;
  return (
    <div
      class="place-search"
      onFocusOut={(event) => !event.currentTarget.contains(event.relatedTarget as Node) && setOpen(false)}
    >
      <label for={id} class={props.isLabelHidden ? "unseen" : ""}>
        {t("place_search")}
      </label>
      <input
        id={id}
        type="search"
        role="combobox"
        list={undefined}
        aria-autocomplete="list"
        aria-expanded={isListed}
        aria-controls={`${id}-list`}
        aria-activedescendant={isListed ? `${id}-${active}` : undefined}
        autocomplete="off"
        maxLength={100}
        placeholder={t("place_search_hint")}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setOpen(true);
        }}
        onKeyDown={onKey}
        data-testid="place-search"
      />
      <ul id={`${id}-list`} role="listbox" aria-label={t("place_search")} hidden={!isListed}>
        {isListed &&
          matches.map((place, n) => (
            <li
              key={place.id}
              id={`${id}-${n}`}
              role="option"
              aria-selected={n === active}
              onMouseDown={(event) => {
                event.preventDefault(); // the field keeps the focus
                choose(place);
              }}
              data-testid="place-found"
            >
              {t.named(place.name)}{" "}
              <small>
                {[t(`place_kind_${place.kind}` as TextKey), place.kind === "grid" ? "" : t.named(place.grid?.name)]
                  .filter(Boolean)
                  .join(" · ")}
              </small>
            </li>
          ))}
      </ul>
      <span role="status">{isOpen && matches?.length === 0 && t("place_none")}</span>
      {error !== null && <ErrorMessage error={error} />}
    </div>
  );
}

// A place by its words: the last chosen places, buildings on the phone, and with a network the places of the server.
import { useState } from "preact/hooks";
import { SHORTEST, useFoundPlaces } from "../../../src/use-found-places";
import { usePinyin } from "../category-search";
import { api, callApi } from "../client";
import { useKnownPlaces } from "../hooks/use-known-places";
import { useTranslation } from "../hooks/use-translation";
import { findPlaces, type KnownPlace, mergePlaces } from "../place-search";

const REST_MS = 250;

const search = (q: string) =>
  callApi(() => api.client.GET("/api/v1/places/search", { params: { query: { q, limit: 6 } } }));

export function PlaceSearch(props: { onChoose: (place: KnownPlace) => void }) {
  const t = useTranslation();
  const [text, setText] = useState("");
  const { places, used, use } = useKnownPlaces();
  const byPinyin = usePinyin(text !== "");
  // Without a network there are those of the phone.
  const remote = useFoundPlaces(text.trim(), REST_MS, search).matches ?? [];
  const matches = mergePlaces(
    findPlaces(places, used, text, byPinyin),
    remote.map(({ name, at }) => ({ name: name ?? {}, at })),
  );
  return (
    <>
      <label>
        {t("place_search")}
        <input
          type="search"
          placeholder={t("place_search_hint")}
          maxLength={100}
          value={text}
          onInput={(e) => setText(e.currentTarget.value)}
          data-testid="search-place"
        />
      </label>
      <div class="choices">
        {matches.map((place) => (
          <button
            key={place.name.zh ?? place.name.en}
            onClick={() => {
              use(place);
              setText("");
              props.onChoose(place);
            }}
            data-testid="found-place"
          >
            {t.named(place.name)}
          </button>
        ))}
        {text.trim().length >= SHORTEST && matches.length === 0 && <span role="status">{t("place_none")}</span>}
      </div>
    </>
  );
}

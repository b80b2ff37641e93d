// Redraw of areas: first the map on which the area is picked, then the editor of the areas in it.
import "../areas/areas.css";
import { useMemo, useState } from "preact/hooks";
import { AreaPicker } from "../areas/area-picker";
import { type AreaInside, fetchInside, outlineOf } from "../areas/area-tree";
import { AreaTrail } from "../areas/area-trail";
import { AreasEditor } from "../areas/areas-editor";
import { toRedrawDraft } from "../areas/topology";
import { clearReferenceData } from "../hooks/reference-data";
import { useMe } from "../hooks/use-me";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { Loaded } from "../ui/loaded";
import { Page } from "../ui/page";

export default function AreasPage(props: { query: URLSearchParams }) {
  const t = useTranslation();
  const parent = props.query.get("parent");
  return (
    <Page title={t("areas")} testid={parent ? "areas" : "pick-areas"}>
      {parent ? <RedrawInside parent={parent} /> : <AreaPicker within={props.query.get("within")} />}
    </Page>
  );
}

function RedrawInside(props: { parent: string }) {
  const t = useTranslation();
  const me = useMe();
  const [isApplied, setApplied] = useState(false);
  const inside = useQuery(() => fetchInside(me, props.parent), `inside of ${props.parent}`, false);
  return (
    <Loaded query={inside}>
      {(data) => (
        <>
          <AreaTrail inside={data} />
          {data.children.length ? (
            <Editor
              key={inside.at}
              inside={data}
              isApplied={isApplied}
              onApplied={() => (setApplied(true), clearReferenceData(), inside.reload())}
            />
          ) : (
            <p class="quiet">{t("no_children")}</p>
          )}
        </>
      )}
    </Loaded>
  );
}

function Editor(props: { inside: AreaInside; isApplied: boolean; onApplied: () => void }) {
  const { area, children } = props.inside;
  const before = useMemo(() => toRedrawDraft(children), [children]);
  return (
    <AreasEditor
      parent={area!.id}
      outline={outlineOf(area)}
      before={before}
      isApplied={props.isApplied}
      onApplied={props.onApplied}
    />
  );
}

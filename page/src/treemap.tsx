// A map of the project: area is columns, colour is how much of what rules expect is there; a click goes in.

import { hierarchy, treemap, treemapSquarify } from "d3-hierarchy";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { folderOf, number, percent, share, shortName, type Indexed, type Relation } from "./report";
import { link } from "./route";

interface Part { name: string; path: string; columns: number; expected: number; present: number; relation: Relation | null }

// What is directly in a folder: folders as one part each, and relations.
function partsOf(data: Indexed, folder: string): Part[] {
  const found = new Map<string, Part>();
  for (const one of data.relations.values()) {
    const own = folderOf(one.path) || one.resource_type;
    const inside = folder === "" || own === folder || own.startsWith(`${folder}/`);
    if (!inside) continue;
    const rest = folder === "" ? own : own.slice(folder.length + 1);
    const first = rest.split("/")[0] ?? "";
    const path = first === "" ? `relation:${one.unique_id}` : folder === "" ? first : `${folder}/${first}`;
    const part = found.get(path) ?? {
      name: first || shortName(one.unique_id), path, columns: 0, expected: 0, present: 0, relation: first === "" ? one : null,
    };
    part.columns += one.columns.length;
    part.expected += one.expected;
    part.present += one.present;
    found.set(path, part);
  }
  return [...found.values()];
}

const HEIGHT = 360;

export function Treemap({ data, folder }: { data: Indexed; folder: string }) {
  const box = useRef<HTMLDivElement>(null);
  const [width, measured] = useState(0);
  useLayoutEffect(() => {
    const seen = new ResizeObserver(([entry]) => measured(Math.floor(entry!.contentRect.width)));
    seen.observe(box.current!);
    return () => seen.disconnect();
  }, []);
  const laid = useMemo(() => {
    const root = hierarchy<{ children?: Part[] } | Part>({ children: partsOf(data, folder) })
      .sum((one) => ("name" in one ? Math.max(1, one.columns) : 0))
      .sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
    return treemap<{ children?: Part[] } | Part>().tile(treemapSquarify).size([width, HEIGHT]).padding(2).round(true)(root).leaves();
  }, [data, folder, width]);
  const trail = folder === "" ? [] : folder.split("/");
  return (
    <>
      <p class="trail">
        <a href={link("overview")}>all</a>
        {trail.map((name, place) => (
          <> / {place === trail.length - 1 ? <span>{name}</span> : <a href={link("overview", "", { folder: trail.slice(0, place + 1).join("/") })}>{name}</a>}</>
        ))}
        {folder !== "" && <> · <a href={link("suggestions", "", { folder })}>its suggestions</a></>}
      </p>
      <div class="map" ref={box} style={{ height: `${HEIGHT}px` }}>
        {laid.map(({ data: part, x0, x1, y0, y1 }) => {
          if (!("name" in part)) return null;
          const guarded = share(part.present, part.expected);
          const said = `${part.name}: ${number(part.columns)} columns, ${percent(guarded)} of ${number(part.expected)} expected data tests`;
          const big = x1 - x0 > 56 && y1 - y0 > 34;
          return (
            <a
              key={part.path} title={said} aria-label={said} class={`part covered-${guarded === null ? "none" : Math.min(10, Math.floor(guarded * 10))}`}
              href={part.relation ? link("relation", part.relation.unique_id) : link("overview", "", { folder: part.path })}
              style={{ left: `${x0}px`, top: `${y0}px`, width: `${x1 - x0}px`, height: `${y1 - y0}px` }}
            >
              {big && <><span class="name">{part.name}</span><span>{percent(guarded)}</span></>}
            </a>
          );
        })}
      </div>
      <p class="legend">Area: columns. Colour: expected data tests that are there, {Array.from({ length: 11 }, (_, place) => <i key={place} class={`swatch covered-${place}`} />)} 0 to 100%.</p>
    </>
  );
}

// A map of the project: area is columns, colour is how much of what rules expect is there; a click goes in.

import { hierarchy, treemap, treemapSquarify, type HierarchyRectangularNode } from "d3-hierarchy";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { folderOf, number, percent, share, shortName, type Indexed, type Relation } from "./report";
import { link } from "./route";

interface Part {
  name: string; path: string; columns: number; expected: number; present: number; relation: Relation | null; children?: Part[];
}

const ownFolder = (one: Relation): string => folderOf(one.path) || one.resource_type;

// What is directly in a folder: other folders as one part each, and relations; and the same of each of these folders.
function partsOf(relations: Relation[], folder: string, levels: number): Part[] {
  const found = new Map<string, { part: Part; inside: Relation[] }>();
  for (const one of relations) {
    const own = ownFolder(one);
    const first = (folder === "" ? own : own.slice(folder.length + 1)).split("/")[0] ?? "";
    const path = first === "" ? one.unique_id : folder === "" ? first : `${folder}/${first}`;
    const held = found.get(path) ?? {
      part: { name: first || shortName(one.unique_id), path, columns: 0, expected: 0, present: 0, relation: first === "" ? one : null },
      inside: [],
    };
    held.part.columns += one.columns.length;
    held.part.expected += one.expected;
    held.part.present += one.present;
    held.inside.push(one);
    found.set(path, held);
  }
  return [...found.values()].map(({ part, inside }) =>
    part.relation || levels === 1 ? part : { ...part, children: partsOf(inside, part.path, levels - 1) },
  );
}

const HEIGHT = 380, LABEL = 20;

export function Treemap({ data, folder }: { data: Indexed; folder: string }) {
  const box = useRef<HTMLDivElement>(null);
  const [width, measured] = useState(0);
  useLayoutEffect(() => {
    const seen = new ResizeObserver(([entry]) => measured(Math.floor(entry!.contentRect.width)));
    seen.observe(box.current!);
    return () => seen.disconnect();
  }, []);
  const laid = useMemo(() => {
    const inside = [...data.relations.values()].filter((one) => folder === "" || `${ownFolder(one)}/`.startsWith(`${folder}/`));
    const whole: Part = { name: folder, path: folder, columns: 0, expected: 0, present: 0, relation: null, children: partsOf(inside, folder, 2) };
    const root = hierarchy(whole)
      .sum((one) => (one.children ? 0 : Math.max(1, one.columns)))
      .sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
    return treemap<Part>().tile(treemapSquarify).size([width, HEIGHT]).paddingInner(2).paddingTop((node) => (node.depth === 1 && node.children ? LABEL : 0)).round(true)(root).descendants().slice(1);
  }, [data, folder, width]);
  const trail = folder === "" ? [] : folder.split("/");
  return (
    <>
      <p class="trail">
        {folder === "" ? "Everything" : <a href={link("overview")}>Everything</a>}
        {trail.map((name, place) => (
          <span key={place}> / {place === trail.length - 1 ? name : <a href={link("overview", "", { folder: trail.slice(0, place + 1).join("/") })}>{name}</a>}</span>
        ))}
        {folder !== "" && <> · <a href={link("suggestions", "", { folder })}>its suggestions</a></>}
      </p>
      <div class="map" ref={box} style={{ height: `${HEIGHT}px` }}>{laid.map((node) => <Tile key={node.data.path} node={node} />)}</div>
      <p class="legend">Area: columns. Colour: expected data tests that are there, {Array.from({ length: 11 }, (_, place) => <i key={place} class={`swatch covered-${place}`} />)} 0 to 100%.</p>
    </>
  );
}

function Tile({ node }: { node: HierarchyRectangularNode<Part> }) {
  const { data: part, x0, x1, y0, y1 } = node;
  const guarded = share(part.present, part.expected);
  // It begins with what is seen, so that who speaks to a computer can say what they see.
  const said = `${part.name} ${percent(guarded)} of ${number(part.expected)} expected data tests, ${number(part.columns)} columns`;
  const isGroup = node.children !== undefined;
  const big = x1 - x0 > 56 && y1 - y0 > 34;
  return (
    <a
      title={said} aria-label={said}
      class={isGroup ? "part group" : `part covered-${guarded === null ? "none" : Math.min(10, Math.floor(guarded * 10))}`}
      href={part.relation ? link("relation", part.relation.unique_id) : link("overview", "", { folder: part.path })}
      style={{ left: `${x0}px`, top: `${y0}px`, width: `${x1 - x0}px`, height: `${isGroup ? Math.min(LABEL, y1 - y0) : y1 - y0}px` }}
    >
      {isGroup ? <span class="name">{part.name} {percent(guarded)}</span> : big && <><span class="name">{part.name}</span>{" "}<span>{percent(guarded)}</span></>}
    </a>
  );
}

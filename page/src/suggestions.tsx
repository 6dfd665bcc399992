// The ranked list: filters, sorting, and only as many rows in the document as can be seen.

import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from "@tanstack/virtual-core";
import { useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import { called, folderOf, number, shortName, type Indexed, type Suggestion } from "./report";
import { link } from "./route";

const FILTERS = ["priority", "rule", "folder", "owner", "test", "evidence", "q"] as const;
type Filter = (typeof FILTERS)[number];
const SORTS: Record<string, [string, (a: Suggestion, b: Suggestion) => number]> = {
  rank: ["rank", () => 0],
  relation: ["relation", (a, b) => a.unique_id.localeCompare(b.unique_id)],
  column: ["column", (a, b) => (a.column ?? "").localeCompare(b.column ?? "")],
  test: ["test", (a, b) => called(a.test).localeCompare(called(b.test))],
  confidence: ["confidence", (a, b) => b.confidence - a.confidence],
};
const ROW = 44;
const MOST_PRINTED = 500;

function folder(data: Indexed, one: Suggestion): string {
  const relation = data.relations.get(one.unique_id);
  return relation ? folderOf(relation.path) || relation.resource_type : "";
}

function chosen(data: Indexed, options: URLSearchParams): Suggestion[] {
  const wanted = Object.fromEntries(FILTERS.map((name) => [name, options.get(name) ?? ""])) as Record<Filter, string>;
  const words = wanted.q.toLowerCase().split(/\s+/).filter(Boolean);
  const kept = data.all.filter((one, place) => {
    if (wanted.priority && String(one.priority) !== wanted.priority) return false;
    if (wanted.rule && one.rule !== wanted.rule) return false;
    if (wanted.test && called(one.test) !== wanted.test) return false;
    if (wanted.owner && data.relations.get(one.unique_id)?.owner !== wanted.owner) return false;
    if (wanted.evidence && !one.evidence.some((each) => each.source === wanted.evidence)) return false;
    if (wanted.folder) {
      const own = folder(data, one);
      if (own !== wanted.folder && !own.startsWith(`${wanted.folder}/`)) return false;
    }
    return words.every((word) => data.texts[place]!.includes(word));
  });
  const sort = SORTS[options.get("sort") ?? "rank"]?.[1];
  return sort ? [...kept].sort(sort) : kept;
}

function choices(data: Indexed): Record<Exclude<Filter, "q">, string[]> {
  const of = (read: (one: Suggestion) => (string | null | undefined)[]) =>
    [...new Set(data.all.flatMap(read))].filter((one): one is string => Boolean(one)).sort();
  return {
    priority: of((one) => [String(one.priority)]),
    rule: of((one) => [one.rule]),
    folder: of((one) => [folder(data, one)]),
    owner: of((one) => [data.relations.get(one.unique_id)?.owner]),
    test: of((one) => [called(one.test)]),
    evidence: of((one) => one.evidence.map((each) => each.source)),
  };
}

export function Suggestions({ data, options }: { data: Indexed; options: URLSearchParams }) {
  const offered = useMemo(() => choices(data), [data]);
  const found = useMemo(() => chosen(data, options), [data, options.toString()]);
  const change = (name: string, value: string) => {
    const next = new URLSearchParams(options);
    if (value) next.set(name, value);
    else next.delete(name);
    history.replaceState(null, "", link("suggestions", "", Object.fromEntries(next)));
    dispatchEvent(new HashChangeEvent("hashchange"));
  };
  return (
    <>
      <h2>Suggestions</h2>
      <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
        <span class="field"><label for="q">Text</label><input id="q" type="search" value={options.get("q") ?? ""} onInput={(event) => change("q", event.currentTarget.value)} /></span>
        {FILTERS.map((name) => name !== "q" && offered[name].length > 0 && (
          <span class="field" key={name}>
            <label for={name}>{name[0]!.toUpperCase() + name.slice(1)}</label>
            <select id={name} value={options.get(name) ?? ""} onChange={(event) => change(name, event.currentTarget.value)}>
              <option value="">any</option>
              {offered[name].map((value) => <option key={value} value={value}>{value}</option>)}
              {options.get(name) && !offered[name].includes(options.get(name)!) && <option value={options.get(name)!}>{options.get(name)}</option>}
            </select>
          </span>
        ))}
        <span class="field">
          <label for="sort">Sort</label>
          <select id="sort" value={options.get("sort") ?? "rank"} onChange={(event) => change("sort", event.currentTarget.value === "rank" ? "" : event.currentTarget.value)}>
            {Object.entries(SORTS).map(([name, [said]]) => <option key={name} value={name}>{said}</option>)}
          </select>
        </span>
      </form>
      <p aria-live="polite" class="count">{number(found.length)} of {number(data.all.length)}</p>
      <List found={found} />
    </>
  );
}

function useRows(found: Suggestion[], box: { current: HTMLElement | null }) {
  const [, again] = useReducer((n: number, _: unknown) => n + 1, 0);
  const options = {
    count: found.length, getScrollElement: () => box.current, estimateSize: () => ROW, overscan: 12,
    scrollToFn: elementScroll, observeElementRect, observeElementOffset, onChange: () => again(null),
  };
  const [rows] = useState(() => new Virtualizer<HTMLElement, HTMLElement>(options));
  rows.setOptions(options);
  useLayoutEffect(() => rows._didMount(), []);
  useLayoutEffect(() => rows._willUpdate());
  return rows;
}

function List({ found }: { found: Suggestion[] }) {
  const box = useRef<HTMLDivElement>(null);
  const rows = useRows(found, box);
  const [printing, print] = useState(false);
  useEffect(() => {
    const before = () => print(true), after = () => print(false);
    addEventListener("beforeprint", before);
    addEventListener("afterprint", after);
    return () => { removeEventListener("beforeprint", before); removeEventListener("afterprint", after); };
  }, []);
  useEffect(() => { if (box.current) box.current.scrollTop = 0; }, [found]);
  const focus = (place: number) => {
    if (place < 0 || place >= found.length) return;
    rows.scrollToIndex(place);
    requestAnimationFrame(() => requestAnimationFrame(() => box.current?.querySelector<HTMLElement>(`[data-place="${place}"] a`)?.focus()));
  };
  const move = (event: KeyboardEvent) => {
    const row = (event.target as HTMLElement).closest<HTMLElement>("[data-place]");
    if (!row) return;
    const place = Number(row.dataset["place"]);
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 };
    const next = event.key === "Home" ? 0 : event.key === "End" ? found.length - 1 : event.key in steps ? Math.min(found.length - 1, Math.max(0, place + steps[event.key]!)) : null;
    if (next === null) return;
    event.preventDefault();
    focus(next);
  };
  const shown = printing ? found.slice(0, MOST_PRINTED).map((_, place) => ({ index: place, start: 0 })) : rows.getVirtualItems();
  return (
    <div role="table" aria-label="Suggestions" aria-rowcount={found.length + 1} class="list">
      <div role="rowgroup">
        <div role="row" aria-rowindex={1} class="row head">
          <span role="columnheader">P</span><span role="columnheader">Relation and column</span><span role="columnheader">Test</span><span role="columnheader">Sure</span><span role="columnheader">Why</span>
        </div>
      </div>
      <div role="rowgroup" ref={box} class={printing ? "rows printed" : "rows"} onKeyDown={move}>
        <div role="presentation" style={printing ? {} : { height: `${rows.getTotalSize()}px`, position: "relative" }}>
          {shown.map(({ index, start }) => {
            const one = found[index];
            if (!one) return null;
            return (
              <div role="row" aria-rowindex={index + 2} data-place={index} key={one.id} class={`row p${one.priority}`} style={printing ? {} : { position: "absolute", top: 0, left: 0, right: 0, height: `${ROW}px`, transform: `translateY(${start}px)` }}>
                <span role="cell">{one.priority}</span>
                <span role="cell"><a href={link("suggestion", one.id)}>{shortName(one.unique_id)}{one.column === null ? "" : `.${one.column}`}</a></span>
                <span role="cell">{called(one.test)}</span>
                <span role="cell">{Math.round(one.confidence * 100)}%</span>
                <span role="cell" class="why">{one.evidence.map((each) => each.detail).join("; ")}</span>
              </div>
            );
          })}
        </div>
      </div>
      {printing && found.length > MOST_PRINTED && <p>and {number(found.length - MOST_PRINTED)} more</p>}
    </div>
  );
}

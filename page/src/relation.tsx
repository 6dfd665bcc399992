// One relation: its columns with the tests that are there and those that are missing, and what stands around it.

import { Bar } from "./overview";
import { called, number, percent, share, shortName, type Indexed, type Relation, type Suggestion } from "./report";
import { link } from "./route";

export function RelationPage({ data, uniqueId }: { data: Indexed; uniqueId: string }) {
  const one = data.relations.get(uniqueId);
  if (!one) return <p>There is no relation {uniqueId} in this report. <a href={link("overview")}>Overview</a></p>;
  const missing = data.ofRelation.get(uniqueId) ?? [];
  const of = (column: string | null) => missing.filter((each) => each.column === column);
  return (
    <>
      <h2>{shortName(uniqueId)}</h2>
      <dl>
        <dt>What</dt><dd>{one.resource_type} in {one.layer}{one.owner ? `, of ${one.owner}` : ""}</dd>
        <dt>File</dt><dd><code>{one.path}</code></dd>
        <dt>Expected data tests</dt><dd><Bar value={share(one.present, one.expected)} /> of {number(one.expected)}</dd>
      </dl>
      <div class="wide" tabIndex={0} role="region" aria-label="Columns">
        <table>
          <thead><tr><th scope="col">column</th><th scope="col">type</th><th scope="col">there</th><th scope="col">missing</th></tr></thead>
          <tbody>
            <tr><th scope="row"><i>the relation</i></th><td /><td>{one.tests.join(", ")}</td><td><Missing of={of(null)} /></td></tr>
            {one.columns.map((column) => (
              <tr key={column.name}>
                <th scope="row">{column.name}</th><td>{column.data_type ?? ""}</td>
                <td>{column.tests.join(", ") || (column.guarded ? "by a test on the relation" : "")}</td><td><Missing of={of(column.name)} /></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <h3>Around it</h3>
      <Around data={data} one={one} />
    </>
  );
}

function Missing({ of }: { of: Suggestion[] }) {
  return <>{of.map((each, place) => <span key={each.id}>{place > 0 && ", "}<a href={link("suggestion", each.id)}>{called(each.test)}</a> <span class="muted">P{each.priority}</span></span>)}</>;
}

const MOST = 12, HIGH = 34, WIDE = 250, GAP = 70;

function Around({ data, one }: { data: Indexed; one: Relation }) {
  const sides = [one.parents, data.children.get(one.unique_id) ?? []];
  if (!sides.some((side) => side.length)) return <p>Nothing that dbt knows of reads it, and it reads nothing.</p>;
  const high = Math.max(1, ...sides.map((side) => Math.min(side.length, MOST))) * HIGH;
  const y = (side: number, place: number) => (high * (place + 0.5)) / Math.min(sides[side]!.length, MOST);
  const x = [0, 2 * (WIDE + GAP)];
  return (
    <div class="wide" tabIndex={0} role="region" aria-label="What it reads, and what reads it">
      <svg class="around" width={3 * WIDE + 2 * GAP} height={high + 4} role="group" aria-label="Lineage">
        {sides.map((side, number_) => side.slice(0, MOST).map((_, place) => (
          <path key={`${number_}${place}`} d={number_ === 0 ? `M${WIDE},${y(0, place)} C${WIDE + GAP / 2},${y(0, place)} ${WIDE + GAP / 2},${high / 2} ${WIDE + GAP},${high / 2}` : `M${2 * WIDE + GAP},${high / 2} C${2 * WIDE + 1.5 * GAP},${high / 2} ${2 * WIDE + 1.5 * GAP},${y(1, place)} ${x[1]},${y(1, place)}`} />
        )))}
        <Box data={data} uniqueId={one.unique_id} x={WIDE + GAP} y={high / 2} own />
        {sides.map((side, number_) => side.slice(0, MOST).map((id, place) => <Box key={id} data={data} uniqueId={id} x={x[number_]!} y={y(number_, place)} />))}
      </svg>
      {sides.map((side, number_) => side.length > MOST && <p key={number_}>and {number(side.length - MOST)} more {number_ === 0 ? "that it reads" : "that read it"}</p>)}
    </div>
  );
}

function Box({ data, uniqueId, x, y, own = false }: { data: Indexed; uniqueId: string; x: number; y: number; own?: boolean }) {
  const relation = data.relations.get(uniqueId);
  const guarded = relation ? share(relation.present, relation.expected) : null;
  const name = shortName(uniqueId);
  const shown = name.length > 27 ? `${name.slice(0, 26)}…` : name;
  const inside = (
    <>
      <title>{uniqueId}</title>
      <rect x={x + 1} y={y - 13} width={WIDE - 2} height={26} rx={4} class={own ? "own" : ""} />
      <text x={x + 8} y={y + 4}>{shown}</text>{" "}
      <text x={x + WIDE - 8} y={y + 4} text-anchor="end">{relation ? percent(guarded) : ""}</text>
    </>
  );
  return relation && !own ? <a href={link("relation", uniqueId)} aria-label={`${shown} ${percent(guarded)}: ${uniqueId}`}>{inside}</a> : <g>{inside}</g>;
}

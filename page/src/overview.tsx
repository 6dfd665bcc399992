// How much is tested, where: figures, a map of the folders, and bars for each part of the project.

import { number, percent, share, type Earlier, type Indexed, type Row } from "./report";
import { Treemap } from "./treemap";
import { link } from "./route";

export function Overview({ data, folder }: { data: Indexed; folder: string }) {
  const { coverage, project, diagnostics, history } = data.report;
  const { total } = coverage;
  const layers = new Map<string, Row>();
  for (const one of data.relations.values()) {
    const row = layers.get(one.layer) ?? { columns: 0, tested: 0, expected: 0, present: 0 };
    row.columns += one.columns.length;
    row.tested += one.columns.filter((column) => column.guarded).length;
    row.expected += one.expected;
    row.present += one.present;
    layers.set(one.layer, row);
  }
  const said = diagnostics.filter((one) => one.level !== "info");
  return (
    <>
      <ul class="figures" aria-label="In figures">
        <li><b>{percent(share(total.present, total.expected))}</b> of {number(total.expected)} data tests that rules expect are there</li>
        <li><b>{percent(share(total.tested, total.columns))}</b> of {number(total.columns)} columns have a data test</li>
        <li><a href={link("suggestions")}><b>{number(data.all.length)}</b> suggestions</a></li>
        <li><b>{number(project.relations)}</b> relations, <b>{number(project.data_tests)}</b> data tests</li>
      </ul>
      {said.length > 0 && (
        <section aria-labelledby="said">
          <h2 id="said">To know</h2>
          <ul>{said.map((one) => <li key={one.code + one.message}>{one.level}: {one.message}</li>)}</ul>
        </section>
      )}
      <section aria-labelledby="map">
        <h2 id="map">Where</h2>
        <Treemap data={data} folder={folder} />
      </section>
      {history && history.length > 0 && <Trend history={[...history, now(data)]} />}
      <div class="beside">
        <Bars title="By layer" rows={[...layers]} />
        <Bars title="By resource type" rows={Object.entries(coverage.by_resource_type)} />
        <Bars title="By priority" rows={Object.entries(coverage.by_priority).filter(([, row]) => row.expected > 0)} priorities />
      </div>
    </>
  );
}

function now(data: Indexed): Earlier {
  const { project, coverage } = data.report;
  return { generated_at: project.generated_at, total: coverage.total, suggestions: data.report.suggestions.length };
}

function Bars({ title, rows, priorities = false }: { title: string; rows: [string, Row][]; priorities?: boolean }) {
  return (
    <section>
      <h2>{title}</h2>
      <table>
        <thead><tr><th scope="col">{priorities ? "priority" : "part"}</th>{!priorities && <th scope="col" class="right">columns</th>}<th scope="col" class="right">expected</th><th scope="col">there</th></tr></thead>
        <tbody>
          {rows.map(([name, row]) => (
            <tr key={name}>
              <th scope="row">{priorities ? <a href={link("suggestions", "", { priority: name })}>{name}</a> : name}</th>
              {!priorities && <td class="right">{number(row.columns)}</td>}
              <td class="right">{number(row.expected)}</td>
              <td><Bar value={share(row.present, row.expected)} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

export function Bar({ value }: { value: number | null }) {
  return (
    <span class="bar">
      <span class="track" aria-hidden="true"><span class="filled" style={{ width: `${(value ?? 0) * 100}%` }} /></span>
      <span class="said">{percent(value)}</span>
    </span>
  );
}

function Trend({ history }: { history: Earlier[] }) {
  const width = 640, height = 140, edge = 24;
  const x = (place: number) => edge + (place * (width - 2 * edge)) / Math.max(1, history.length - 1);
  const y = (value: number) => height - edge - value * (height - 2 * edge);
  const lines = [
    { name: "expected tests that are there", class: "guarded", of: (one: Earlier) => share(one.total.present, one.total.expected) ?? 0 },
    { name: "columns with a test", class: "tested", of: (one: Earlier) => share(one.total.tested, one.total.columns) ?? 0 },
  ];
  return (
    <section aria-labelledby="trend">
      <h2 id="trend">Trend</h2>
      <svg class="trend" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`From ${percent(lines[0]!.of(history[0]!))} to ${percent(lines[0]!.of(history.at(-1)!))} of expected data tests`}>
        <line class="axis" x1={edge} y1={y(0)} x2={width - edge} y2={y(0)} />
        <line class="axis" x1={edge} y1={y(1)} x2={width - edge} y2={y(1)} />
        {lines.map((line) => (
          <g key={line.name} class={line.class}>
            <polyline points={history.map((one, place) => `${x(place)},${y(line.of(one))}`).join(" ")} />
            {history.map((one, place) => (
              <circle key={place} cx={x(place)} cy={y(line.of(one))} r="3"><title>{`${one.generated_at}: ${percent(line.of(one))} ${line.name}`}</title></circle>
            ))}
          </g>
        ))}
      </svg>
      <p class="legend"><span class="guarded">expected tests that are there</span> <span class="tested">columns with a test</span></p>
    </section>
  );
}

// The rules that speak: how much each asks for, and how sure and how common that is.

import { useMemo, useState } from "preact/hooks";
import { number, type Indexed } from "./report";
import { link } from "./route";

interface Spoken { rule: string; reason: string; suggestions: number; relations: Set<string>; best: number; confidence: number; agreement: number }
type Key = "rule" | "suggestions" | "relations" | "best" | "confidence" | "agreement";

export function Rules({ data }: { data: Indexed }) {
  const [by, sort] = useState<Key>("suggestions");
  const rows = useMemo(() => {
    const found = new Map<string, Spoken>();
    for (const one of data.all) {
      const row = found.get(one.rule) ?? { rule: one.rule, reason: one.reason, suggestions: 0, relations: new Set<string>(), best: 5, confidence: 0, agreement: 0 };
      row.suggestions += 1;
      row.relations.add(one.unique_id);
      row.best = Math.min(row.best, one.priority);
      row.confidence += one.confidence;
      row.agreement += one.agreement;
      found.set(one.rule, row);
    }
    return [...found.values()];
  }, [data]);
  const value = (row: Spoken, key: Key): number | string =>
    key === "rule" ? row.rule : key === "relations" ? row.relations.size : key === "confidence" || key === "agreement" ? row[key] / row.suggestions : row[key];
  const upwards = by === "rule" || by === "best";
  const sorted = [...rows].sort((a, b) => {
    const [one, other] = [value(a, by), value(b, by)];
    const order = typeof one === "string" ? one.localeCompare(String(other)) : one - Number(other);
    return upwards ? order : -order;
  });
  const heads: [Key, string][] = [["rule", "rule"], ["suggestions", "suggestions"], ["relations", "relations"], ["best", "priority"], ["confidence", "sure"], ["agreement", "agreement"]];
  return (
    <>
      <h2>Rules</h2>
      <div class="wide" tabIndex={0} role="region" aria-label="Rules">
        <table>
          <thead><tr>
            {heads.map(([key, said]) => <th key={key} scope="col" class={key === "rule" ? "" : "right"} aria-sort={by === key ? (upwards ? "ascending" : "descending") : undefined}><button type="button" class="sort" onClick={() => sort(key)}>{said}</button></th>)}
            <th scope="col">why</th>
          </tr></thead>
          <tbody>
            {sorted.map((row) => (
              <tr key={row.rule}>
                <th scope="row"><a href={link("suggestions", "", { rule: row.rule })}>{row.rule}</a></th>
                <td class="right">{number(row.suggestions)}</td><td class="right">{number(row.relations.size)}</td><td class="right">{row.best}</td>
                <td class="right">{Math.round((row.confidence / row.suggestions) * 100)}%</td><td class="right">{Math.round((row.agreement / row.suggestions) * 100)}%</td>
                <td>{row.reason}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="muted">Agreement: how often people who test such columns write this test.</p>
    </>
  );
}

// The report contract as far as the page reads it, and what is looked up in it again and again.

export interface Evidence { signal: string; detail: string; source: string }
export interface Call { name: string; namespace: string | null; arguments: Record<string, unknown>; config: Record<string, unknown> }
export interface Verdict { outcome: "holds" | "fails" | "unknown"; detail: string; query: string | null }
export interface Suggestion {
  id: string; unique_id: string; column: string | null; test: Call; priority: number; confidence: number; rule: string;
  reason: string; evidence: Evidence[]; proof: string; needs_input: boolean; path: string | null; agreement: number;
  verdict: Verdict | null;
}
export interface Row { columns: number; tested: number; expected: number; present: number }
export interface Column { name: string; data_type: string | null; tests: string[]; guarded: boolean }
export interface Relation {
  unique_id: string; resource_type: string; path: string; layer: string; owner: string | null; columns: Column[];
  tests: string[]; parents: string[]; expected: number; present: number;
}
export interface Earlier { generated_at: string; total: Row; suggestions: number }
export interface Diagnostic { level: string; code: string; message: string; source: string | null; remedy: string | null }
export interface Report {
  guardian_version: string;
  project: { name: string; adapter_type: string; dbt_version: string; generated_at: string; relations: number; columns: number; data_tests: number };
  coverage: { total: Row; by_resource_type: Record<string, Row>; by_folder: Record<string, Row>; by_priority: Record<string, Row> };
  suggestions: Suggestion[]; findings: Suggestion[]; diagnostics: Diagnostic[]; relations?: Relation[]; history?: Earlier[];
}

export interface Indexed {
  report: Report;
  all: Suggestion[];
  byId: Map<string, Suggestion>;
  relations: Map<string, Relation>;
  children: Map<string, string[]>;
  ofRelation: Map<string, Suggestion[]>;
  // What free text is looked for in, in the order of `all`.
  texts: string[];
}

export function index(report: Report): Indexed {
  const all = [...report.findings, ...report.suggestions];
  const relations = new Map((report.relations ?? []).map((one) => [one.unique_id, one]));
  const children = new Map<string, string[]>();
  for (const one of relations.values()) {
    for (const parent of one.parents) push(children, parent, one.unique_id);
  }
  const ofRelation = new Map<string, Suggestion[]>();
  for (const one of all) push(ofRelation, one.unique_id, one);
  const texts = all.map((one) =>
    [one.unique_id, one.column ?? "", called(one.test), one.rule, one.reason, ...one.evidence.map((e) => e.detail)].join(" ").toLowerCase(),
  );
  return { report, all, byId: new Map(all.map((one) => [one.id, one])), relations, children, ofRelation, texts };
}

function push<V>(map: Map<string, V[]>, key: string, value: V): void {
  const held = map.get(key);
  if (held) held.push(value);
  else map.set(key, [value]);
}

export const called = (test: Call): string => (test.namespace ? `${test.namespace}.${test.name}` : test.name);
export const shortName = (uniqueId: string): string => uniqueId.split(".").slice(2).join(".") || uniqueId;
export const folderOf = (path: string): string => path.split("/").slice(0, -1).join("/");
export const share = (part: number, whole: number): number | null => (whole ? part / whole : null);
export const percent = (value: number | null): string => (value === null ? "–" : `${Math.floor(value * 100)}%`);
export const number = (value: number): string => value.toLocaleString("en");

// Compares parts of dbt's version: data tests have a key of their own since 1.8, their arguments since 1.10.5.
function isAtLeast(version: string, wanted: number[]): boolean {
  const parts = (version.match(/\d+/g) ?? ["1", "11"]).map(Number);
  for (const [place, least] of wanted.entries()) {
    const part = parts[place] ?? 0;
    if (part !== least) return part > least;
  }
  return true;
}

// JSON is YAML; names that need no quotes have none.
function scalar(value: unknown): string {
  if (typeof value === "string" && /^[A-Za-z_][\w.]*$/.test(value) && !/^(y|n|yes|no|on|off|true|false|null)$/i.test(value)) return value;
  return JSON.stringify(value) ?? "null";
}

export function yamlOf(one: Suggestion, dbtVersion: string): string {
  const key = isAtLeast(dbtVersion, [1, 8]) ? "data_tests" : "tests";
  const nested = isAtLeast(dbtVersion, [1, 10, 5]);
  const passed = Object.entries(one.test.arguments);
  const lines = [`${key}:`];
  if (!passed.length && !one.needs_input && !Object.keys(one.test.config).length) lines.push(`  - ${scalar(called(one.test))}`);
  else {
    lines.push(`  - ${scalar(called(one.test))}:`);
    const deeper = nested ? "          " : "      ";
    if (nested && (passed.length || one.needs_input)) lines.push("      arguments:");
    for (const [name, value] of passed) lines.push(`${deeper}${scalar(name)}: ${scalar(value)}`);
    if (one.needs_input) lines.push(`${deeper}values: []  # name the values`);
    for (const [place, [name, value]] of Object.entries(one.test.config).entries()) {
      if (place === 0) lines.push("      config:");
      lines.push(`          ${scalar(name)}: ${scalar(value)}`);
    }
  }
  if (one.column === null) return lines.join("\n");
  return [`columns:`, `  - name: ${scalar(one.column)}`, ...lines.map((line) => `    ${line}`)].join("\n");
}

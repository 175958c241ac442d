// SPDX-License-Identifier: Apache-2.0

import { PHASES, type Step } from "./scenario.ts";

const [WIDTH, PANEL, GAP, LEFT, TOP] = [860, 150, 46, 64, 30];
const RIGHT = 20;
const HOUR = 3600;
const X_TICKS = 24;

interface Line {
  readonly name: string;
  readonly colour: string;
  readonly values: readonly (readonly [at: number, value: number])[];
}

interface Panel {
  readonly title: string;
  readonly logarithmic: boolean;
  readonly lines: readonly Line[];
}

/** Price, starts granted and what they cost, over time: an SVG. */
export function plotOf(steps: readonly Step[]): string {
  const panels: readonly Panel[] = [
    {
      title: "price of one compute unit, XOV (logarithmic)",
      logarithmic: true,
      lines: [{ name: "price", colour: "#6f42c1", values: steps.map((s) => [s.at, xov(s.price)]) }],
    },
    {
      title: "starts granted, in sum",
      logarithmic: false,
      lines: [
        { name: "users", colour: "#1a7f37", values: sums(steps, false, () => 1) },
        { name: "attacker with 1,000 keys", colour: "#cf222e", values: sums(steps, true, () => 1) },
      ],
    },
    {
      title: "XOV burned for them, in sum (logarithmic)",
      logarithmic: true,
      lines: [
        { name: "users", colour: "#1a7f37", values: sums(steps, false, (s) => xov(s.cost)) },
        { name: "attacker", colour: "#cf222e", values: sums(steps, true, (s) => xov(s.cost)) },
      ],
    },
  ];
  const height = TOP + panels.length * (PANEL + GAP);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="11">`,
    "<title>Starts asked for in quiet times and in a rush, by users and one attacker</title>",
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    ...panels.map((panel, i) => panelOf(panel, TOP + i * (PANEL + GAP))),
    "</svg>",
    "",
  ].join("\n");
}

const xov = (units: bigint): number => Number(units) / 1e18;

/** The running sum of what was granted. */
function sums(
  steps: readonly Step[],
  attacker: boolean,
  of: (s: Step) => number,
): readonly (readonly [number, number])[] {
  let sum = 0;
  return steps.map((s) => {
    if (s.granted && s.attacker === attacker) sum += of(s);
    return [s.at, sum] as const;
  });
}

function panelOf(panel: Panel, top: number): string {
  const values = panel.lines.flatMap((l) => l.values.map(([, v]) => v)).filter((v) => !panel.logarithmic || v > 0);
  const scale = panel.logarithmic ? Math.log10 : (v: number) => v;
  const low = panel.logarithmic ? Math.floor(scale(Math.min(...values))) : 0;
  const high = panel.logarithmic ? Math.ceil(scale(Math.max(...values))) : Math.max(...values);
  const x = (at: number) => LEFT + (at / PHASES.end) * (WIDTH - LEFT - RIGHT);
  const y = (v: number) => top + PANEL - ((Math.max(scale(v), low) - low) / (high - low)) * PANEL;
  const band = (name: string, { from, to }: { from: number; to: number }) =>
    `<rect x="${x(from)}" y="${top}" width="${x(to) - x(from)}" height="${PANEL}" fill="#f1f3f5"/>` +
    `<text x="${x(from) + 3}" y="${top + 12}" fill="#57606a">${name}</text>`;
  const marks = panel.logarithmic
    ? Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i))
    : [0, high / 2, high].map(Math.round);
  return [
    `<text x="${LEFT}" y="${top - 8}" font-weight="bold">${panel.title}</text>`,
    band("rush", PHASES.rush),
    band("attack", PHASES.attack),
    ...marks.map((v) => {
      const at = y(v === 0 ? 0 : v).toFixed(1);
      const grid = `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}" stroke="#d0d7de"/>`;
      return `${grid}<text x="${LEFT - 6}" y="${at}" dy="4" text-anchor="end">${v.toLocaleString("en")}</text>`;
    }),
    ...Array.from({ length: Math.floor(PHASES.end / HOUR / X_TICKS) + 1 }, (_, i) => {
      const at = x(i * X_TICKS * HOUR).toFixed(1);
      return `<text x="${at}" y="${top + PANEL + 14}" text-anchor="middle">${i * X_TICKS} h</text>`;
    }),
    ...panel.lines.map((line, i) => lineOf(line, x, y, top + 26 + 14 * i)),
  ].join("\n");
}

function lineOf(line: Line, x: (at: number) => number, y: (v: number) => number, legend: number): string {
  // one point for each pixel is enough
  const points = new Map<number, string>();
  for (const [at, v] of line.values) points.set(Math.round(x(at)), y(v).toFixed(1));
  const path = [...points].map(([px, py]) => `${px},${py}`).join(" ");
  const label = `<text x="${LEFT + 8}" y="${legend}" fill="${line.colour}">${line.name}</text>`;
  return `<polyline points="${path}" fill="none" stroke="${line.colour}" stroke-width="1.5"/>${label}`;
}

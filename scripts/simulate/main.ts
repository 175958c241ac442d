// SPDX-License-Identifier: Apache-2.0
// Simulates anonymous starts under the deployment's parameters; writes the plot that contracts/trust/README.md shows, and
// prints the summary as JSON.

import { writeFile } from "node:fs/promises";
import { TRUST_PARAMETERS } from "../deploy/trustParameters.ts";
import { plotOf } from "./plot.ts";
import { attemptsOf, SEED, simulate, summaryOf } from "./scenario.ts";

const PLOT = new URL("../../contracts/trust/starts.svg", import.meta.url);

const steps = simulate(TRUST_PARAMETERS, attemptsOf(SEED));
await writeFile(PLOT, plotOf(steps));
console.log(JSON.stringify(summaryOf(steps), null, 2));

// SPDX-License-Identifier: Apache-2.0
import { useState } from "react";
import type { Offers } from "../../pool/api.ts";
import { Field } from "../ui/Field.tsx";
import { Choice } from "./Choice.tsx";
import { filterCount, type OfferFilter } from "./filter.ts";

const atLeast = (values: readonly number[], unit: string): [string, string][] => [
  ["0", "Any"],
  ...values.map((value): [string, string] => [`${value}`, `${value}${unit} or more`]),
];
const VCPUS = atLeast([2, 4, 8, 16, 32], "");
const MEMORY = atLeast([2, 4, 8, 16, 32, 64, 128], " GiB");
const DISK = atLeast([20, 40, 80, 160, 320, 1000], " GiB");

const named = (values: readonly string[], any: string): [string, string][] => [
  ["", any],
  ...values.map((value): [string, string] => [value, value]),
];

interface FilterBarProps {
  readonly filter: OfferFilter;
  readonly choices: Offers["choices"] | undefined;
  readonly onChange: (change: Partial<OfferFilter>) => void;
}

/** What the reader asks of the offers. Each change is in the page's link at once. */
export function FilterBar({ filter, choices, onChange }: FilterBarProps) {
  const [open, setOpen] = useState(false);
  const count = filterCount(filter);
  const gpuModels = choices?.gpuModels ?? [];
  const gpus: [string, string][] = [
    ["", "Any"],
    ["any", "With GPU"],
    ["none", "Without"],
  ];
  const withGpus = [...gpus, ...gpuModels.map((model): [string, string] => [model, model])];
  return (
    <search className="filters" aria-label="Filter offers">
      <button type="button" className="button filters-toggle" aria-expanded={open} onClick={() => setOpen(!open)}>
        Filter{count > 0 && ` (${count})`}
      </button>
      <div className={open ? "filters-fields open" : "filters-fields"}>
        <Choice
          label="vCPUs"
          options={VCPUS}
          value={`${filter.vcpus}`}
          onPick={(v) => onChange({ vcpus: Number(v) })}
        />
        <Choice
          label="Memory"
          options={MEMORY}
          value={`${filter.memory}`}
          onPick={(v) => onChange({ memory: Number(v) })}
        />
        <Choice label="Disk" options={DISK} value={`${filter.disk}`} onPick={(v) => onChange({ disk: Number(v) })} />
        <Choice
          label="Location"
          options={named(choices?.regions ?? [], "Anywhere")}
          value={filter.region}
          onPick={(region) => onChange({ region })}
        />
        <Choice
          label="Image"
          options={named(choices?.images ?? [], "Any image")}
          value={filter.image}
          onPick={(image) => onChange({ image })}
        />
        {(gpuModels.length > 0 || filter.gpu !== "") && (
          <Choice label="GPU" options={withGpus} value={filter.gpu} onPick={(gpu) => onChange({ gpu })} />
        )}
        <MaxPrice price={filter.price} onChange={onChange} />
      </div>
    </search>
  );
}

function MaxPrice({ price, onChange }: { price: number; onChange: FilterBarProps["onChange"] }) {
  return (
    <Field label="Max. sats per hour">
      {(control) => (
        <input
          {...control}
          className="number"
          type="number"
          inputMode="decimal"
          min="0"
          step="any"
          placeholder="Any"
          value={price === 0 ? "" : price}
          onChange={({ target }) => onChange({ price: Math.max(0, Number(target.value) || 0) })}
        />
      )}
    </Field>
  );
}

// SPDX-License-Identifier: Apache-2.0

/** Ending early. */
export function StopPanel() {
  return (
    <section className="panel stack" aria-labelledby="stop-heading">
      <div className="panel-head">
        <h2 id="stop-heading">Stop early</h2>
        <button type="button" className="button small" disabled aria-describedby="stop-reason">
          Stop
        </button>
      </div>
      <p className="muted" id="stop-reason">
        These contracts cannot end a lease early yet: it ends when what was paid is used up. Pay for what you need, and
        extend.
      </p>
    </section>
  );
}

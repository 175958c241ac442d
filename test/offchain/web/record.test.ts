// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { recordWords } from "../../../offchain/web/offers/recordWords.ts";
import { realComplaints, useRig } from "./rig.ts";

describe("web: a provider's record in words", () => {
  const record = { asked: 240, made: 238, promised: 1_000, delivered: 999.99, upheld: 0 };

  it("says what is worth a look, and never all of what was not all", () => {
    expect(recordWords(record)).to.deep.equal({
      starts: "238 of 240 starts",
      delivered: "99.9\u00a0% delivered",
      claims: "no claims upheld",
      poor: { starts: false, delivered: false, claims: false },
    });
    expect(recordWords({ ...record, delivered: 1_000 }).delivered).to.equal("100\u00a0% delivered");
    const poor = recordWords({ asked: 10, made: 9, promised: 10, delivered: 9.4, upheld: 2 });
    expect(poor).to.include({ delivered: "94\u00a0% delivered", claims: "2 claims upheld" });
    expect(poor.poor).to.deep.equal({ starts: true, delivered: true, claims: true });
    expect(recordWords({ ...record, upheld: 1 }).claims).to.equal("1 claim upheld");
  });

  it("says of a newcomer that there is nothing to say", () => {
    const none = recordWords({ asked: 0, made: 0, promised: 0, delivered: 0, upheld: 0 });
    expect(none).to.include({ starts: "no lease has ended yet", delivered: "" });
    expect(none.poor).to.deep.equal({ starts: false, delivered: false, claims: false });
  });
});

describe("web: what is known of who sells", function () {
  this.timeout(60_000);
  const rig = useRig();

  it("stands beside each offer and before the launch, on any screen", async () => {
    const { api, open } = rig();
    for (const options of [{ width: 1280 }, { width: 360, height: 740 }]) {
      const watched = await open(options);
      const { page } = watched;
      await page.goto(api.url);
      const rows = page.getByRole("main").getByRole("listitem");
      await rows.first().waitFor();
      const good = rows.filter({ hasText: "eu-helsinki" }).first();
      await good.getByText("Provider: 238 of 240 starts, 100\u00a0% delivered, no claims upheld").waitFor();
      await good.getByText(/^Stack attested until /).waitFor();
      const poor = rows.filter({ hasText: "eu-zurich" }).first();
      await poor.getByText("Provider: 218 of 240 starts, 75\u00a0% delivered, 1 claim upheld").waitFor();
      await rows.filter({ hasText: "us-oregon" }).first().getByText("Provider's record not at hand").waitFor();
      const wide = "document.documentElement.scrollWidth - innerWidth";
      expect(await page.evaluate<number>(wide), "pixels too wide").to.be.at.most(0);

      await page.goto(`${api.url}/launch/3`);
      const summary = page.getByRole("complementary", { name: "Summary" });
      await summary.getByText(/Provider: 218 of 240 starts/).waitFor();
      await summary.getByText(/90.000 XOV at stake/).waitFor();
      await summary.getByText(/^Stack attested until /).waitFor();
      expect(await page.evaluate<number>(wide), "pixels too wide").to.be.at.most(0);
      expect(realComplaints(watched)).to.deep.equal([]);
    }
  });
});

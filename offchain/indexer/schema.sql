-- SPDX-License-Identifier: Apache-2.0
-- The index of the contracts' events: a cache that can be deleted and built again from the chain.
-- The same for PGlite and PostgreSQL. A statement ends with a semicolon at the end of a line.
-- Amounts are numeric: quote units (msat where the quote is bitcoin), or XOV base units where a column says so. Times are Unix seconds by the chain's blocks;
-- "clock" is an appliance's own. Ids and hashes are text: 0x and lower-case digits; addresses are as EIP-55 writes them.

-- ---------------------------------------------------------------- where the index stands

-- One row. `seq` counts commits; whoever commits must find the one it knows.
create table progress (
  id int primary key check (id = 1),
  -- Of this file, its readers and the deployment: another one means another index.
  fingerprint text not null,
  -- Drawn at the creation: sequence numbers of two indexes do not compare.
  epoch text not null,
  seq bigint not null,
  -- Where the chain's follower goes on; committed with all that came before it.
  checkpoint jsonb,
  block bigint not null,
  block_time bigint not null,
  safe bigint not null,
  finalized bigint not null
);

-- Rows as they were before a block that a reorg can still remove; `before` is null for a row that was not there.
create table undo (
  block bigint not null,
  table_name text not null,
  key jsonb not null,
  before jsonb,
  primary key (block, table_name, key)
);

-- What each commit changed, by topic, so that a reader who was away learns what to read again.
create table changes (
  seq bigint not null,
  topic text not null,
  primary key (seq, topic)
);

-- ---------------------------------------------------------------- what the chain says

create table pools (
  id bigint primary key,
  name text not null unique,
  operator text not null
);

create table classes (
  id text primary key,
  vcpus int not null,
  memory_mib bigint not null,
  disk_gib bigint not null,
  gpus int not null,
  gpu_model text not null,
  architecture text not null
);

create table markets (
  id bigint primary key,
  pool bigint not null,
  class text not null,
  -- An ERC-20, or the zero address for bitcoin.
  quote text not null,
  decade int not null,
  -- Thousandths.
  compute_units bigint not null
);

create table appliances (
  id bigint primary key,
  provider text not null,
  pool bigint not null,
  bitcoin_key text not null,
  grace bigint not null,
  region text not null,
  hot_key text not null,
  seal_key text not null,
  -- The last second at which its stack counts as attested; 0 without an attestation, or after a claim has ended it.
  attested_until bigint not null,
  -- The provider clock at the last beat.
  elapsed bigint not null,
  last_beat bigint not null,
  starts_asked bigint not null,
  starts_made bigint not null,
  starts_declined bigint not null,
  starts_missed bigint not null,
  -- From asking to start, over all starts made.
  start_seconds bigint not null,
  -- Names of images as the appliance's card lists them; null without a card that can be read.
  images jsonb
);

create table asks (
  -- Of 120 bits; see OrderId.sol.
  id numeric primary key,
  appliance bigint not null,
  market bigint not null,
  price numeric not null,
  quantity int not null,
  unfunded int not null,
  -- Rises with age: block × 2^20 + log index.
  placed bigint not null,
  expiry bigint not null,
  confirmations int not null,
  prepaid_hours int not null,
  -- XOV base units.
  bond numeric not null,
  -- Quote units that the start of a holder beyond its limit costs.
  start_fee numeric not null,
  removed boolean not null
);
create index on asks (market) where not removed;
create index on asks (appliance) where not removed;

create table leases (
  id text primary key,
  holder text not null,
  -- Who signed the terms, before any resale.
  terms_holder text not null,
  appliance bigint not null,
  market bigint not null,
  -- The order that was filled: an ask, or a bid.
  ask numeric not null,
  state text not null check (state in ('unfunded', 'pending', 'reserved', 'active', 'closed')),
  reason text,
  explanation text,
  price numeric not null,
  -- Agreed for a start beyond the limit of the holder; and what of the deposit such a start has earned in this period.
  start_fee numeric not null,
  fee_earned numeric not null,
  -- What the start has cost, in whatever period; null until the first start, and that of a buyer whom a free one passed to.
  fee_charged numeric,
  prepayment numeric not null,
  -- What is paid in this period, with what is set aside.
  deposit numeric not null,
  -- Of the deposit, bitcoin that came in grace and is too little for a new period: nothing of it is spent.
  aside numeric not null,
  -- Set by the close: of the deposit, what the provider keeps. The rest is refunded; of bitcoin it is owed, also of what
  -- arrives later.
  earned numeric,
  -- 0 for a lease in a token.
  confirmations int not null,
  -- XOV base units still locked.
  collateral numeric not null,
  -- While the holder claims it: msat, and from when it is paid.
  claimed numeric not null,
  claim_payable_at bigint,
  -- Terms that the chain tells of bitcoin leases only.
  refund_script text,
  -- What a resale put in the place of the refund script.
  refund_to text,
  salt numeric,
  terms_deadline numeric,
  launch_spec_hash text,
  opened_at bigint not null,
  opened_block bigint not null,
  -- While unfunded.
  pay_by bigint,
  funded_at bigint,
  -- While a start is awaited, the first or one after a launch: since when, and until when.
  start_asked_at bigint,
  start_by bigint,
  -- The first start.
  started_at bigint,
  -- While it accrues, clock: at the start of the period; and, under notice, at the end.
  period_start bigint,
  ends_at bigint,
  closed_at bigint,
  sealed_access text,
  access_at bigint
);
create index on leases (holder, opened_block desc, id desc);
create index on leases (appliance) where state <> 'closed';

-- Outputs of bitcoin transactions that were credited to a lease.
create table payments (
  lease text not null,
  -- As explorers print it.
  txid text not null,
  vout bigint not null,
  -- Credited and not taken back.
  amount numeric not null,
  height bigint not null,
  revoked boolean not null,
  primary key (lease, txid, vout)
);

-- Outputs of bitcoin transactions that refunded what a closed lease owed.
create table refunds (
  lease text not null,
  -- As explorers print it.
  txid text not null,
  vout bigint not null,
  -- msat: of the output, and of the debt.
  value numeric not null,
  settled numeric not null,
  height bigint not null,
  -- From when it may count for good.
  confirmable_at bigint not null,
  state text not null check (state in ('proven', 'confirmed', 'revoked')),
  primary key (lease, txid, vout)
);

-- What happened to a lease. `data` has what a reader needs to say it; integers beyond 53 bits as text.
create table timeline (
  lease text not null,
  block bigint not null,
  log_index bigint not null,
  time bigint not null,
  tx_hash text not null,
  kind text not null,
  data jsonb not null,
  primary key (lease, block, log_index)
);

-- One row: the light client's tip.
create table bitcoin (
  id int primary key check (id = 1),
  height bigint not null,
  tip_hash text not null
);

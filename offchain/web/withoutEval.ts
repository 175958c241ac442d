// SPDX-License-Identifier: Apache-2.0
// Imported before any schema is made: zod would compile schemas with eval, which the site's security policy forbids.
import { config } from "zod";

config({ jitless: true });

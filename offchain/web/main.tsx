// SPDX-License-Identifier: Apache-2.0
import { createRoot } from "react-dom/client";
import { config } from "zod";
import { App } from "./app/App.tsx";
import "./styles/index.css";

// zod would compile its schemas with eval, which the site's security policy forbids.
config({ jitless: true });

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
createRoot(root).render(<App />);

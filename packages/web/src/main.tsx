import { systemClock } from "@hearth/base";
import { ApiError } from "@hearth/sdk";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "./theme/tokens.css";
import { createPageClient } from "./queries/client.ts";
import { createQueryClient } from "./queries/query-client.ts";
import { ClientContext } from "./queries/use-client.ts";
import { createAppRouter } from "./router.tsx";
import { Toasts } from "./ui/Toasts.tsx";
import { TooltipProvider } from "./ui/Tooltip.tsx";

// The composition root: the one place that knows everyone.
const client = createPageClient(document);
const queryClient = createQueryClient(client, () => router.invalidate());
const router = createAppRouter({ client, queryClient, clock: systemClock });

const root = document.getElementById("root");
if (!root) throw new Error('The page has no element "root" to draw in.');
createRoot(root, {
  // A refusal of the server is shown on the page; everything else is a fault of ours and to be seen.
  onCaughtError: (error) => {
    if (!(error instanceof ApiError)) reportError(error);
  },
}).render(
  <StrictMode>
    <ClientContext value={client}>
      <QueryClientProvider client={queryClient}>
        <TooltipProvider>
          <RouterProvider router={router} />
          <Toasts />
        </TooltipProvider>
      </QueryClientProvider>
    </ClientContext>
  </StrictMode>,
);

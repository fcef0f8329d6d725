import type { WorkspaceBuild } from "@hearth/sdk";
import { LogView } from "../../components/LogView.tsx";
import { TimingChart } from "./TimingChart.tsx";

/** What the latest build says, and where its time went. */
export function BuildLog({ build }: { build: WorkspaceBuild }) {
  return (
    <>
      <LogView
        key={build.id}
        source={{ kind: "build", buildId: build.id }}
        label={`Log of build ${build.build_number}`}
        emptyWords="This build has said nothing."
        groupName={(stage) => stage || undefined}
      />
      <TimingChart build={build} />
    </>
  );
}

import type { ReactNode } from "react";
import { Logo } from "./Logo.tsx";
import { Card } from "../ui/Card.tsx";
import { Title } from "./Title.tsx";

/** A page of one card, for those who are not in yet. */
export function CardPage({ title, intro, children }: { title: string; intro?: ReactNode; children: ReactNode }) {
  return (
    <main className="flex min-h-dvh flex-col items-center gap-6 px-4 pt-[12vh] pb-8">
      <Title>{title}</Title>
      <Logo size={44} />
      <Card className="w-full max-w-sm p-6">
        <h1 className="text-xl font-semibold">{title}</h1>
        {intro !== undefined && <p className="mt-1 text-muted">{intro}</p>}
        <div className="mt-5">{children}</div>
      </Card>
    </main>
  );
}

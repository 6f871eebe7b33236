import "@belfry/react/ui/styles.css";

export const metadata = { title: "Belfry in Next.js", icons: "data:," };

export default function Page({ children }: { children: React.ReactNode }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}

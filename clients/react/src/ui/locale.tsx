import { createContext, useContext, useMemo, type HTMLAttributes, type ReactNode } from "react";
import { formatOf, type Format } from "./format";
import { en } from "./locales/en";
import type { Locale, Texts } from "./texts";

const Current = createContext<Locale>(en);

/** The language of all components beneath. Without it they speak English. */
export function LocaleProvider({ locale, children }: { locale: Locale; children: ReactNode }) {
  return <Current.Provider value={locale}>{children}</Current.Provider>;
}

/** The language at hand with its formats; `own` is a component's own `locale` prop. */
export function useLocale(own?: Locale): { locale: Locale; texts: Texts; format: Format } {
  const around = useContext(Current);
  const locale = own ?? around;
  return useMemo(() => ({ locale, texts: locale.texts, format: formatOf(locale) }), [locale]);
}

/** What every component of ours begins with: the root that carries theme, language and direction. */
export function Root({
  own,
  className,
  children,
  ...rest
}: { own?: Locale; children: ReactNode } & HTMLAttributes<HTMLDivElement>) {
  const { locale } = useLocale(own);
  return (
    <LocaleProvider locale={locale}>
      <div {...rest} lang={locale.code} dir={locale.dir} className={className ? `belfry ${className}` : "belfry"}>
        {children}
      </div>
    </LocaleProvider>
  );
}

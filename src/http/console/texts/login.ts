import { defineTexts } from "../texts.ts";

export const loginTexts = defineTexts(
  {
    title: "Log in",
    withToken: "With a token",
    token: "Operator token",
    tokenHint: "Yours, from otpost operators add; or OPERATOR_TOKEN, which raises an alert.",
    logIn: "Log in",
    wrong: "This is not a token of an operator.",
    signOn: "Log in with your account",
    signOnHint: "Leads to the identity provider of your organisation.",
    awayProvider:
      "The identity provider cannot be reached at the moment. Try again; if it stays away, log in below with a token. OPERATOR_TOKEN, the break-glass login, always works.",
    denied: "The identity provider refused the login.",
    again: "This login was begun too long ago, or in another window. Begin again.",
    invalid:
      "What the identity provider sent cannot be trusted, so nobody was logged in. Begin again; if it stays so, compare the settings OIDC_ISSUER and OIDC_CLIENT_ID and the clocks of both machines.",
    noRole: (name: string) =>
      `The identity provider knows you as ${name}, but none of your groups has a role here. Ask for one of the groups that OIDC_ROLES names.`,
    loggedIn: "Logged in",
    goesOn: "Go on",
  },
  {
    title: "Anmelden",
    withToken: "Mit einem Token",
    token: "Bediener-Token",
    tokenHint: "Ihres, von otpost operators add; oder OPERATOR_TOKEN, das einen Alarm auslöst.",
    logIn: "Anmelden",
    wrong: "Das ist kein Token eines Bedieners.",
    signOn: "Mit Ihrem Konto anmelden",
    signOnHint: "Führt zum Anmeldedienst Ihrer Organisation.",
    awayProvider:
      "Der Anmeldedienst ist im Moment nicht erreichbar. Versuchen Sie es noch einmal; bleibt es so, melden Sie sich unten mit einem Token an. OPERATOR_TOKEN, die Notanmeldung, geht immer.",
    denied: "Der Anmeldedienst hat die Anmeldung abgelehnt.",
    again: "Diese Anmeldung begann vor zu langer Zeit oder in einem anderen Fenster. Beginnen Sie neu.",
    invalid:
      "Was der Anmeldedienst schickte, ist nicht vertrauenswürdig; niemand wurde angemeldet. Beginnen Sie neu; bleibt es so, vergleichen Sie die Einstellungen OIDC_ISSUER und OIDC_CLIENT_ID und die Uhren beider Rechner.",
    noRole: (name: string) =>
      `Der Anmeldedienst kennt Sie als ${name}, aber keine Ihrer Gruppen hat hier eine Rolle. Bitten Sie um eine der Gruppen, die OIDC_ROLES nennt.`,
    loggedIn: "Angemeldet",
    goesOn: "Weiter",
  },
);

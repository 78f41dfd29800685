import { defineTexts } from "../texts.ts";

export const auditTexts = defineTexts(
  {
    about: "Who changed what: by the console, its API and the command line. Nothing can be taken out of it.",
    when: "When",
    who: "Who",
    role: "Role",
    action: "Action",
    target: "On",
    detail: "Detail",
    none: "Nobody has changed anything yet.",
    noneEarlier: "There is nothing earlier.",
    earlier: "Earlier ones",
    newest: "Newest ones",
  },
  {
    about:
      "Wer was geändert hat: über die Konsole, ihre API und die Befehlszeile. Nichts lässt sich daraus entfernen.",
    when: "Wann",
    who: "Wer",
    role: "Rolle",
    action: "Handlung",
    target: "Woran",
    detail: "Näheres",
    none: "Noch hat niemand etwas geändert.",
    noneEarlier: "Früheres gibt es nicht.",
    earlier: "Frühere",
    newest: "Neueste",
  },
);

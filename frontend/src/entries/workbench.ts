/** The workbench: partial loads, keys, guards. Every link and form also works without it. */
import { showWhatApplies } from "../scripts/conditions";
import { attendToErrors } from "../scripts/errors";
import { guardForms, guardUnsaved } from "../scripts/guard";
import { listenToKeys } from "../scripts/keyboard";
import { keepPlaceInSwaps } from "../scripts/keeping";
import { liveUpdates } from "../scripts/live";
import { tendMenus } from "../scripts/menus";
import { usePartialLoads } from "../scripts/partial";
import { showOpenTab } from "../scripts/tabs";
import { previewUploads } from "../scripts/uploads";

usePartialLoads();
keepPlaceInSwaps();
showOpenTab();
guardForms();
guardUnsaved();
attendToErrors();
previewUploads();
tendMenus();
listenToKeys();
showWhatApplies();
liveUpdates();

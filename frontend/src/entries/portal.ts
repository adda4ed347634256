/** The portal. Nothing here is needed to file an application; it makes it more comfortable. */
import { showWhatApplies } from "../scripts/conditions";
import { attendToErrors } from "../scripts/errors";
import { guardForms, guardUnsaved } from "../scripts/guard";
import { tendMenus } from "../scripts/menus";
import { previewUploads } from "../scripts/uploads";

guardForms();
guardUnsaved();
attendToErrors();
previewUploads();
tendMenus();
showWhatApplies();

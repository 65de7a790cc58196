// Dead links of the READMEs and guides: `pnpm docs:links`. Files and headings of this repository, also where a link names
// them by their address on GitHub; the net is not asked.
import remarkValidateLinks from "remark-validate-links";

export default { plugins: [[remarkValidateLinks, { repository: "dylora/dylora" }]] };

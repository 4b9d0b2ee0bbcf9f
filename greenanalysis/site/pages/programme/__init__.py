"""Parts of the page of a region's programme: measures, finance, sheets, stations, missing facts."""

(function(){
function at(id){return document.getElementById(id);}
function plain(text){return text.toLowerCase().normalize("NFKD").replace(/[\u0300-\u036f]/g,"");}
function make(tag,text,parent){var node=document.createElement(tag);if(text){node.textContent=text;}parent.append(node);return node;}
var pages=JSON.parse(at("ga-search-data").textContent),input=at("ga-filter"),list=at("ga-results");
var found=at("ga-found").textContent,MOST=6;
pages.forEach(function(page){
page.plain=plain([page.t,page.g,page.k].join(" "));
page.lines=page.h.map(function(pair){return plain(pair[1]);});});
function search(){
var words=plain(input.value).split(/\s+/).filter(Boolean),shown=0;
list.replaceChildren();
if(words.length){pages.map(function(page,place){
var lines=page.h.filter(function(pair,number){
var all=page.plain+" "+page.lines[number];
return words.every(function(word){return all.indexOf(word)>=0;})&&words.some(function(word){return page.lines[number].indexOf(word)>=0;});});
var named=words.every(function(word){return page.plain.indexOf(word)>=0;});
var titled=words.every(function(word){return plain(page.t).indexOf(word)>=0;});
return{page:page,lines:lines.length||!titled?lines:page.h.slice(0,MOST-2),rank:titled?0:named?1:lines.length?2:3,place:place};
}).filter(function(hit){return hit.rank<3;}).sort(function(a,b){return a.rank-b.rank||a.place-b.place;}).forEach(function(hit){
var item=make("li","",list),link=make("a",hit.page.t,item);
shown++;link.href=hit.page.a;make("small",hit.page.g,item);
if(hit.lines.length){var under=make("ul","",item);
hit.lines.slice(0,MOST).forEach(function(pair){
make("a",pair[1],make("li","",under)).href=hit.page.a+"#"+pair[0];});}});}
list.hidden=!shown;at("ga-overview").hidden=words.length>0;
at("ga-count").textContent=words.length?shown+" "+found:"";}
function move(event){
var links=[].slice.call(list.querySelectorAll("a")),here=links.indexOf(document.activeElement);
if(event.key==="Escape"){input.value="";search();input.focus();}
else if(event.key==="ArrowDown"&&links.length){links[Math.min(here+1,links.length-1)].focus();}
else if(event.key==="ArrowUp"&&here>=0){(here?links[here-1]:input).focus();}
else{return;}
event.preventDefault();}
input.addEventListener("input",search);
input.addEventListener("keydown",move);list.addEventListener("keydown",move);
at("ga-search").addEventListener("submit",function(event){event.preventDefault();
var first=list.querySelector("a");if(first){first.click();}});
at("ga-search").hidden=false;
if(input.value){search();}
var known=window.gaSite;
if(known){document.querySelectorAll("a[data-page]").forEach(function(link){
var here=decodeURI(link.href);
if(known.pdf.some(function(page){return known.root+page===here;})){
var pdf=document.createElement("a");pdf.className="ga-pdf";pdf.textContent="PDF";
pdf.setAttribute("aria-label",link.textContent+", PDF");
pdf.href=here.replace(/([^\/]+)\.html$/,"pdf/$1.pdf");link.after(" ",pdf);}});}})();

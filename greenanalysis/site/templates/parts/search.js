(function(){
function at(id){return document.getElementById(id);}
/* Letters of Kazakh count as their Russian neighbours, so that either keyboard finds a word */
var FOLDED={"\u049b":"\u043a","\u04a3":"\u043d","\u0493":"\u0433","\u04b1":"\u0443","\u04af":"\u0443","\u04e9":"\u043e","\u04d9":"\u0430","\u04bb":"\u0445","\u0456":"\u0438"};
function plain(text){return text.toLowerCase().normalize("NFKD").replace(/[\u0300-\u036f]/g,"").replace(/[\u0456\u0493-\u04e9]/g,function(letter){return FOLDED[letter]||letter;});}
function make(tag,text,parent){var node=document.createElement(tag);if(text){node.textContent=text;}parent.append(node);return node;}
var pages=JSON.parse(at("ga-search-data").textContent),known=JSON.parse(at("ga-search-words").textContent);
var input=at("ga-filter"),list=at("ga-results"),nothing=at("ga-nothing"),meant=at("ga-meant");
var found=at("ga-found").textContent,MOST=6,MOST_ANSWERS=3,vocabulary={};
var answers=[].map.call(document.querySelectorAll("a[data-concepts]"),function(link){
return{text:link.textContent,href:link.getAttribute("href"),asks:link.dataset.concepts.split("|").map(function(one){return one.split(" ");})};});
pages.forEach(function(page){
page.plain=plain([page.t,page.g,page.k].join(" "));
page.lines=page.h.map(function(pair){return plain(pair[1]);});
plain(page.t+" "+page.k).split(/[^\p{L}]+/u).forEach(function(word){if(word.length>3){vocabulary[word]=1;}});});
Object.keys(known.concepts).forEach(function(name){known.concepts[name].forEach(function(word){if(word.length>3){vocabulary[word]=1;}});});
function concepts(word){
return Object.keys(known.concepts).filter(function(name){
return known.concepts[name].some(function(start){return start.length<3?word===start:word.indexOf(start)===0;});});}
/* A word of the query: what of the pages may hold in its place, and whether it chooses pages at all */
function asked(word){
var names=concepts(word),options=[word.length>5?word.slice(0,-2):word];
names.forEach(function(name){options=options.concat(known.concepts[name].filter(function(one){return one.length>2;}));});
return{names:names,options:options,weak:known.stop.indexOf(word)>=0||names.length>0&&names.every(function(name){return known.weak.indexOf(name)>=0;})};}
function holds(text,word){return word.options.some(function(one){return text.indexOf(one)>=0;});}
function answered(words){
var names=[].concat.apply([],words.map(function(word){return word.names;}));
return answers.map(function(answer,place){
var score=Math.max.apply(null,answer.asks.map(function(ask){
return ask.every(function(name){return names.indexOf(name)>=0;})?ask.reduce(function(sum,name){return sum+(known.weak.indexOf(name)>=0?1:2);},0):0;}));
return{answer:answer,score:score,place:place};
}).filter(function(one){return one.score>0;}).sort(function(a,b){return b.score-a.score||a.place-b.place;}).slice(0,MOST_ANSWERS);}
function hits(words,all){
return pages.map(function(page,place){
var count=words.filter(function(word){return holds(page.plain,word)||page.lines.some(function(line){return holds(line,word);});}).length;
var lines=page.h.filter(function(pair,number){
var whole=page.plain+" "+page.lines[number];
return words[all?"every":"some"](function(word){return holds(whole,word);})&&words.some(function(word){return holds(page.lines[number],word);});});
var named=words.every(function(word){return holds(page.plain,word);});
var titled=words.every(function(word){return holds(plain(page.t),word);});
return{page:page,lines:lines.length||!titled?lines:page.h.slice(0,MOST-2),rank:titled?0:named?1:lines.length?2:3,count:count,place:place};
}).filter(function(hit){return all?hit.rank<3:hit.count>0;}).sort(function(a,b){return(all?a.rank-b.rank:b.count-a.count)||a.place-b.place;});}
function distance(a,b){
var row=[],left,above,i,j;
for(j=0;j<=b.length;j++){row[j]=j;}
for(i=1;i<=a.length;i++){left=row[0];row[0]=i;
for(j=1;j<=b.length;j++){above=row[j];row[j]=Math.min(row[j]+1,row[j-1]+1,left+(a[i-1]===b[j-1]?0:1));left=above;}}
return row[b.length];}
function nearest(word){
var best="",least=Math.max(1,Math.floor(word.length/3))+1;
Object.keys(vocabulary).forEach(function(one){var apart=distance(word,one);if(apart<least){least=apart;best=one;}});
return best;}
function suggest(words){
var better=words.map(function(word){return nearest(word)||word;}).join(" ");
meant.hidden=better===words.join(" ")||!better;
[].forEach.call(nothing.querySelectorAll("button"),function(old){old.remove();});
if(!meant.hidden){var button=document.createElement("button");
button.type="button";button.className="ga-button";button.textContent=better;meant.after(" ",button);
button.addEventListener("click",function(){input.value=better;search();input.focus();});}
answers.forEach(function(answer){make("a",answer.text,make("li","",list)).href=answer.href;});}
function search(){
var tokens=plain(input.value).split(/[^\p{L}\p{N}-]+/u).filter(Boolean),words=tokens.map(asked),shown=0;
list.replaceChildren();nothing.hidden=true;
if(tokens.length){
var strong=words.filter(function(word){return!word.weak;});
answered(words).forEach(function(one){
var item=make("li","",list);item.className="ga-answer";shown++;
make("a",one.answer.text,item).href=one.answer.href;});
var chosen=strong.length?strong:shown?[]:words,results=chosen.length?hits(chosen,true):[];
if(!results.length&&chosen.length>1){results=hits(chosen,false).slice(0,MOST);}
results.forEach(function(hit){
var item=make("li","",list),link=make("a",hit.page.t,item);
shown++;link.href=hit.page.a;make("small",hit.page.g,item);
if(hit.lines.length){var under=make("ul","",item);
hit.lines.slice(0,MOST).forEach(function(pair){
make("a",pair[1],make("li","",under)).href=hit.page.a+"#"+pair[0];});}});
if(!shown){nothing.hidden=false;suggest(tokens);}}
list.hidden=!list.childNodes.length;at("ga-overview").hidden=tokens.length>0;
at("ga-count").textContent=tokens.length?shown+" "+found:"";}
function move(event){
var links=[].slice.call(list.querySelectorAll("a")),here=links.indexOf(document.activeElement);
if(event.key==="Escape"){input.value="";search();input.focus();}
else if(event.key==="ArrowDown"&&links.length){links[Math.min(here+1,links.length-1)].focus();}
else if(event.key==="ArrowUp"&&here>=0){(here?links[here-1]:input).focus();}
else{return;}
event.preventDefault();}
input.addEventListener("input",search);
input.addEventListener("keydown",move);list.addEventListener("keydown",move);
/* An answer on this page lies below the results: they give way to it */
list.addEventListener("click",function(event){
var link=event.target.closest("a");
if(link&&link.hash&&link.pathname===location.pathname){input.value="";search();}});
at("ga-search").addEventListener("submit",function(event){event.preventDefault();
var first=list.querySelector("a");if(first){first.click();}});
at("ga-search").hidden=false;
if(input.value){search();}
var built=window.gaSite;
if(built){document.querySelectorAll("a[data-page]").forEach(function(link){
var here=decodeURI(link.href);
if(built.pdf.some(function(page){return built.root+page===here;})){
var pdf=document.createElement("a");pdf.className="ga-pdf";pdf.textContent="PDF";
pdf.setAttribute("aria-label",link.textContent+", PDF");
pdf.href=here.replace(/([^\/]+)\.html$/,"pdf/$1.pdf");link.after(" ",pdf);}});}})();

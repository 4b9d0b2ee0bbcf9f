(function(){
"use strict";
function at(id){return document.getElementById(id);}
function all(query,inside){return[].slice.call((inside||document).querySelectorAll(query));}
var regions=JSON.parse(at("ga-regions").textContent),region=at("ga-region"),form=at("ga-terms");
var sliders=all("input[type=range]"),radios=all("input[name=ga-technology]"),language=document.documentElement.lang;
var CLOSE=1e-6,LEFT=64,WIDE=690,TOP=12,HIGH=190,base=null,terms=null;
var writers={};
function written(value,decimals){
if(value===null||value===undefined||!isFinite(value)){return at("ga-none").textContent;}
var key=decimals,writer=writers[key]||(writers[key]=new Intl.NumberFormat(language==="en"?"en":language,{minimumFractionDigits:+decimals,maximumFractionDigits:+decimals}));
return writer.format(Math.abs(value)<0.5*Math.pow(10,-decimals)?0:value).replace("-","\u2212");}
function technology(){return radios.filter(function(radio){return radio.checked;})[0].value;}
function close(a,b){
if(Array.isArray(a)){return a.length===b.length&&a.every(function(one,place){return close(one,b[place]);});}
if(b===null){return!isFinite(a);}
return Math.abs(a-b)<=CLOSE*Math.max(1,Math.abs(b));}
/* All base cases once more: a browser that counts otherwise must not be trusted */
function recheck(){
var right=0,wrong=0;
Object.keys(regions).forEach(function(code){Object.keys(regions[code].plants).forEach(function(name){
var plant=regions[code].plants[name],got=window.gaPlain.solve(plant.terms);
if(Object.keys(plant.results).every(function(key){return close(got[key],plant.results[key]);})){right++;}else{wrong++;}});});
at("ga-agreeing").textContent=right;at("ga-checked").hidden=wrong>0;at("ga-wrong").hidden=wrong===0;
return wrong;}
function choose(){
var plants=regions[region.value].plants;
radios.forEach(function(radio){radio.disabled=!plants[radio.value];});
if(!plants[technology()]){radios.filter(function(radio){return plants[radio.value];})[0].checked=true;}
base=plants[technology()].terms;terms=Object.assign({},base);
sliders.forEach(function(slider){slider.value=terms[slider.dataset.term]*slider.dataset.scale;});
show();}
function show(){
all("output[data-term]").forEach(function(output){
var slider=sliders.filter(function(one){return one.dataset.term===output.dataset.term;})[0];
output.textContent=written(terms[output.dataset.term]*slider.dataset.scale,slider.dataset.decimals);});
var result=window.gaPlain.solve(terms);
all("[data-result]").forEach(function(tile){
tile.textContent=written(result[tile.dataset.result]*(tile.dataset.scale||1),tile.dataset.decimals);});
draw(result.flow_usd_per_kw);
compare();
return result;}
function element(name,attributes,text){
var node=document.createElementNS("http://www.w3.org/2000/svg",name);
Object.keys(attributes).forEach(function(key){node.setAttribute(key,attributes[key]);});
if(text){node.textContent=text;}
return node;}
function draw(flow){
var svg=at("ga-flow"),sum=0,running=flow.map(function(money){sum+=money;return sum;});
var most=Math.max.apply(null,running.concat(0)),least=Math.min.apply(null,running.concat(0)),span=most-least||1;
function y(value){return TOP+(most-value)/span*HIGH;}
var wide=WIDE/running.length,parts=running.map(function(value,year){
var top=Math.min(y(value),y(0));
return element("rect",{x:LEFT+year*wide,y:top,width:Math.max(1,wide-2),height:Math.max(0.5,Math.abs(y(value)-y(0))),"class":value<0?"ga-minus":""});});
parts.push(element("line",{x1:LEFT,x2:LEFT+WIDE,y1:y(0),y2:y(0)}));
[most,0,least].filter(function(value,place,list){return place===1||Math.abs(y(value)-y(0))>14;}).forEach(function(value){
parts.push(element("text",{x:LEFT-8,y:y(value)+4,"text-anchor":"end"},written(value,0)));});
[0,Math.round((running.length-1)/2),running.length-1].forEach(function(year){
parts.push(element("text",{x:LEFT+(year+0.5)*wide,y:TOP+HIGH+20,"text-anchor":"middle"},String(year)));});
svg.replaceChildren.apply(svg,parts);}
function compare(){
var table=at("ga-comparison"),name=technology(),codes=all("#ga-compared select").map(function(one){return one.value;}).filter(function(code,place,list){
return code&&list.indexOf(code)===place;});
var head=table.tHead.rows[0];
[head].concat([].slice.call(table.tBodies[0].rows)).forEach(function(row){while(row.cells.length>1){row.lastElementChild.remove();}});
codes.forEach(function(code){
var one=regions[code],cell=document.createElement("th"),link=document.createElement("a");
var option=region.querySelector('option[value="'+code+'"]');
link.href=one.page;link.textContent=option.textContent;cell.scope="col";cell.className="ga-number";cell.append(link);head.append(cell);
var plant=one.plants[name],own=plant&&window.gaPlain.worth(Object.assign({},terms,{capacity_factor:plant.terms.capacity_factor}));
[].forEach.call(table.tBodies[0].rows,function(row){
var data=row.dataset,value=data.solve?own&&own[data.solve]:one.facts[data.fact];
var td=document.createElement("td");td.className="ga-number";
td.textContent=value===undefined?"\u2013":written(value*(data.scale||1),data.decimals);row.append(td);});});}
function asked(){
var query=new URLSearchParams(location.search),code=query.get("region"),name=query.get("technology");
if(regions[code]){region.value=code;}
radios.forEach(function(radio){if(radio.value===name){radio.checked=true;}});}
sliders.forEach(function(slider){slider.addEventListener("input",function(){
terms[slider.dataset.term]=slider.value/slider.dataset.scale;show();});});
radios.concat(region).forEach(function(one){one.addEventListener("change",choose);});
all("#ga-compared select").forEach(function(one){one.addEventListener("change",compare);});
form.addEventListener("submit",function(event){event.preventDefault();});
form.addEventListener("reset",function(event){event.preventDefault();choose();});
asked();recheck();choose();})();

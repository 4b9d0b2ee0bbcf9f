(function(){
var comma=document.documentElement.lang!=="en";
function value(row,column){
var text=(row.cells[column]?row.cells[column].textContent:"").trim(),plain=text.replace(/[\s\u00a0]/g,"").replace(/\u2212/g,"-");
plain=comma?plain.replace(",","."):plain.replace(/,/g,"");
var number=/^[-+±]?\d/.test(plain)?parseFloat(plain.replace("±","")):NaN;
return{text:text,number:number,empty:!text||text==="–"};}
function sort(table,column,down){
var body=table.tBodies[0],rows=[].slice.call(body.rows).map(function(row){return{row:row,value:value(row,column)};});
rows.sort(function(a,b){
if(a.value.empty||b.value.empty){return a.value.empty-b.value.empty;}
var both=!isNaN(a.value.number)&&!isNaN(b.value.number);
var order=both?a.value.number-b.value.number:a.value.text.localeCompare(b.value.text,document.documentElement.lang,{numeric:true});
return down?-order:order;});
rows.forEach(function(one){body.append(one.row);});}
document.querySelectorAll(".ga-table table").forEach(function(table){
var head=table.tHead&&table.tHead.rows[0],body=table.tBodies[0];
if(!head||!body||body.rows.length<3){return;}
[].forEach.call(head.cells,function(cell,column){
var button=document.createElement("button");
button.type="button";button.className="ga-sort";
while(cell.firstChild){button.append(cell.firstChild);}
cell.append(button);
button.addEventListener("click",function(){
var down=cell.getAttribute("aria-sort")==="ascending";
[].forEach.call(head.cells,function(other){other.removeAttribute("aria-sort");});
cell.setAttribute("aria-sort",down?"descending":"ascending");
sort(table,column,down);});});});})();
